"""Messages and objects as they stand on the wire (docs/wire.md): frozen, strict, pinned by golden JSON.

They are not the types the rules work on (`cowboy.game.board`); `GameState.to_board` and `from_board` translate.
Nothing here reads or sends: decode bytes with `Model.model_validate_json`, encode with `Model.model_dump_json`.
"""
