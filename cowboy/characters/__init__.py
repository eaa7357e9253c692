"""Who a bot is: names, records, lineage. Pure: imports no client library, does no I/O; `cowboy.state` keeps it all."""
