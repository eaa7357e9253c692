"""Brains: a `Brain` turns a `Situation` into a `Decision`. Each implementation is a module beside the others."""
