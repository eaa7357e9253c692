"""Tests of `cowboy.game`: the rules as the contract has them, and the wire byte for byte."""
