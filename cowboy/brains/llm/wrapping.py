"""Removes what stands around an answer: thoughts, channels, tokens, tags and boxes that the server has left.

It is taken off a text whose objects were taken out before (`objects`), so a mark within an object is left alone: only
what the model's template put there counts.
"""

import re

from cowboy.errors import ModelError

_TAGS = r"(?:\w+:)?(?:think|thinking|thought|thoughts|reason|reasoning|reflection|analysis|scratchpad)"
_THOUGHT = re.compile(
    rf"<\s*{_TAGS}(?:\s[^<>\n]{{0,80}})?>|\[THINK\]|◁think▷|<\|(?:begin_of_thought|think|START_THINKING)\|>"
    r"|<unused94>(?:thought)?|<\|channel>thought",
    re.IGNORECASE,
)
_THOUGHT_END = re.compile(
    rf"<\s*/\s*{_TAGS}\s*>|\[/THINK\]|◁/think▷|<\|(?:end_of_thought|/think|END_THINKING)\|>|<unused95>|<channel\|>",
    re.IGNORECASE,
)

_OWN_WORDS = re.compile(r"\W*(?:speak\b|note\W*:)", re.IGNORECASE)

_CHANNEL = re.compile(
    r"(?:<\|start\|>assistant([^<>]{0,80}))?<\|channel\|>\s*(\w+)((?:(?!<\|message\|>|<\|channel\|>).)*)<\|message\|>"
    r"(.*?)(?=<\|(?:end|return|call|start|channel)\|>|\Z)",
    re.DOTALL,
)
_BEGUN = re.compile(r"\s*(?:(?:assistant)?\s*(?=to=)|(?=(?:analysis|commentary|final)[^<>\n]{0,80}<\|message\|>))")
"""A server that took off the first mark, since the prompt ended with it."""
_LOST_CHANNEL = re.compile(r"assistant(?:final|commentary)")

_END = re.compile(
    r"<\|(?:im_end|eot_id|eom_id|end|return|call|endoftext|end_of_text|user|observation)\|>|<\|im_start\|>\s*user\b"
    r"|</s>|<end_of_turn>|<eos>|<EOT>|<｜end▁of▁sentence｜>|\[/INST\]|\[END\]|\[\|endofturn\|\]"
)
"""What follows is no part of the answer, unless nothing stands before."""

_EDGE = (
    r"(?:<\|start_of_role\|>assistant<\|end_of_role\|>|<\|[^<>|\n]{1,40}\|>|\[\|\w{1,40}\|\]|<br\s*/?>|<｜[^<>｜\n]{1,40}｜>|<s>|<bos>|<start_of_turn>(?:model)?|\[TOOL_CALLS\]|\[INST\]"
    r"|</?(?:answer|final|final_answer|response|command|output|result|action|tool_call|function_call)>)"
)
_EDGES = re.compile(rf"^(?:[ \t]*{_EDGE})+|(?:{_EDGE}[ \t]*)+$", re.IGNORECASE | re.MULTILINE)

_BOX = re.compile(r"\\(?:boxed|fbox)\{\s*([^{}]*?)\s*\}")
_STYLE = re.compile(r"\\(?:text|math)[a-z]{0,8}\{([^{}]*)\}")
_SPACE = re.compile(r"\\[ ,;]|~")


_MOST_STYLES = 3
"""Within one another."""


def unwrapped(text: str) -> str:
    """What is left to be read. Raises `ModelError` where that could be more than one thing."""
    text = _after_thoughts(_final(text))
    text = next((part for part in _END.split(text) if part.strip()), "")
    for _ in range(_MOST_STYLES):
        text = _STYLE.sub(r"\1", text)
    return _EDGES.sub("", _BOX.sub(lambda box: f"\n{_SPACE.sub(' ', box[1])}\n", text))


def _final(text: str) -> str:
    """What was said in channels for others than the model itself (harmony, as gpt-oss speaks it)."""
    if (lost := _BEGUN.match(text)) is not None:
        text = f"<|{'start|>assistant ' if text.startswith('to=', lost.end()) else 'channel|>'}{text[lost.end() :]}"
    begun = text.lstrip()
    if begun.startswith(("<|channel|>", "<|start|>")):
        said = [(name, to + head, body) for to, name, head, body in _CHANNEL.findall(text) if body.strip()]
        final = [body for name, _, body in said if name == "final"]
        calls = [body for name, head, body in said if name == "commentary" and "to=" in head]
        return _the_only(final) + "\n" + "\n".join(calls)
    if begun.startswith(("analysis", "commentary")) and (after := _LOST_CHANNEL.split(text)[1:]):
        return _the_only(after)
    return text


def _the_only(texts: list[str]) -> str:
    if len(texts) > 1:
        raise ModelError("there was more than one final answer; give one command and nothing else")
    return texts[0] if texts else ""


def _after_thoughts(text: str) -> str:
    """What follows the last end of a thought, up to the next beginning."""
    end = 0
    for closing in _THOUGHT_END.finditer(text):
        before = _THOUGHT.split(text[end : closing.start()], maxsplit=1)[0]
        if _OWN_WORDS.match(before.rpartition("\n")[2]):  # and what follows may be what another player said
            raise ModelError("no speech or note must hold the marks of a thought; give a command and nothing else")
        end = closing.end()
    return _THOUGHT.split(text[end:], maxsplit=1)[0]
