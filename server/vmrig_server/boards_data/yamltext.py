# SPDX-License-Identifier: Apache-2.0
"""YAML with places: the mapping in a text, and where its parts stand."""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError


class YamlMistake(Exception):
    """A text is not YAML, or not a mapping.

    Attributes:
        line, column: counted from 1; 0 when there is no place to point at.
        text: what is wrong.
    """

    def __init__(self, line: int, column: int, text: str) -> None:
        super().__init__(text)
        self.line = line
        self.column = column
        self.text = text


def read_mapping(text: str) -> CommentedMap:
    """The mapping that a YAML text holds, with its comments and places.

    Raises:
        YamlMistake: it is not YAML, or something else than a mapping.
    """
    # The round-trip loader constructs plain data only, as the safe one does, and knows the place of each node.
    yaml = YAML(typ="rt")
    yaml.composer.warn_double_anchors = False  # YAML allows it; a warning on stderr would name nobody's file
    try:
        document: Any = yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = str(error.problem or error.context or "not YAML").strip()
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
        raise YamlMistake(line, column, what) from None
    except RecursionError:
        raise YamlMistake(0, 0, "not YAML: nested too deeply") from None
    except (YAMLError, ValueError, IndexError, AttributeError) as error:
        # IndexError: ruamel.yaml takes "+_" for an integer and finds no digits in it.
        raise YamlMistake(0, 0, f"not YAML: {error}") from None
    if not isinstance(document, CommentedMap):
        raise YamlMistake(1, 1, "the file must be a mapping of keys to values")
    return document
