"""The bus: Kafka topics, one module per noun, kafka-python behind them.

Topics are read by assignment, from positions that the reader keeps itself; there are no consumer groups.
"""
