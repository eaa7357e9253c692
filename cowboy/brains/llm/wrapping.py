"""What stands around an answer: thoughts, channels, tokens, tags and boxes that a server did not take off.

It is taken off a text whose objects were taken out before (`objects`), so a mark within an object is left alone: only
what the model's template put there counts.
"""

import re

from cowboy.errors import ModelError

_TAGS = "think|thinking|thought|thoughts|reasoning|reflection"
_THOUGHT = re.compile(rf"<(?:{_TAGS})>|\[THINK\]|◁think▷|<\|(?:begin_of_thought|think)\|>", re.IGNORECASE)
_THOUGHT_END = re.compile(rf"</(?:{_TAGS})>|\[/THINK\]|◁/think▷|<\|(?:end_of_thought|/think)\|>", re.IGNORECASE)

_SPEAKING = re.compile(r"\W*speak\b", re.IGNORECASE)

_CHANNEL = re.compile(
    r"<\|channel\|>\s*(\w+)((?:(?!<\|message\|>|<\|channel\|>).)*)<\|message\|>"
    r"(.*?)(?=<\|(?:end|return|call|start|channel)\|>|\Z)",
    re.DOTALL,
)
_LOST_CHANNEL = re.compile(r"assistant(?:final|commentary)")

_END = re.compile(
    r"<\|(?:im_end|eot_id|eom_id|end|return|call|endoftext|end_of_text|user|observation)\|>|<\|im_start\|>\s*user\b"
    r"|</s>|<end_of_turn>|<eos>|<｜end▁of▁sentence｜>|\[/INST\]"
)
"""What follows is no part of the answer, unless nothing stands before."""

_EDGE = (
    r"(?:<\|[^<>|\n]{1,40}\|>|<｜[^<>｜\n]{1,40}｜>|<s>|<bos>|<start_of_turn>(?:model)?|\[TOOL_CALLS\]|\[INST\]"
    r"|</?(?:answer|final|final_answer|response|command|output|result|action|tool_call|function_call)>)"
)
_EDGES = re.compile(rf"^(?:[ \t]*{_EDGE})+|(?:{_EDGE}[ \t]*)+$", re.IGNORECASE | re.MULTILINE)

_BOX = re.compile(r"\\(?:boxed|fbox)\{\s*([^{}]*?)\s*\}")
_STYLE = re.compile(r"\\(?:text|textbf|texttt|mathrm|mathbf)\{([^{}]*)\}")


def unwrapped(text: str) -> str:
    """What is left to be read. Raises `ModelError` where that could be more than one thing."""
    text = _after_thoughts(_final(text))
    text = next((part for part in _END.split(text) if part.strip()), "")
    text = _STYLE.sub(r"\1", text).replace("\\ ", " ")
    return _EDGES.sub("", _BOX.sub(r"\n\1\n", text))


def _final(text: str) -> str:
    """What was said in channels for others than the model itself (harmony, as gpt-oss speaks it)."""
    begun = text.lstrip()
    if begun.startswith(("<|channel|>", "<|start|>")):
        said = [(name, head, body) for name, head, body in _CHANNEL.findall(text) if body.strip()]
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
        thought = text[end : closing.start()]
        if not _THOUGHT.search(thought) and _SPEAKING.match(thought.rpartition("\n")[2]):
            raise ModelError("a speech must not hold the marks of a thought; give a command and nothing else")
        end = closing.end()
    return _THOUGHT.split(text[end:], maxsplit=1)[0]
