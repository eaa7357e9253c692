"""The bot manager API (V3): which bot sits on which seat. Flask; `create_app` is the only place where it is wired."""
