"""The King James Version of Debian's package bible-kjv-text as a string of 65 symbols."""

import pathlib
import re

import numpy as np

BOOK, CHAPTER = "#", "*"
# Space and line break, the marks that begin a book and a chapter, punctuation, letters: in the order of their numbers.
SYMBOLS = "\n " + BOOK + CHAPTER + "!'(),-.:;?" + "ABCDEFGHIJKLMNOPQRSTUVWYZ" + "abcdefghijklmnopqrstuvwxyz"
HELD_OUT_SHARE = 0.05


def chapters(path: pathlib.Path) -> list[str]:
    """Reads one verse a line, `Ge1:1 In the beginning`; returns the chapters, one verse a line, each with its marks."""
    result: list[str] = []
    last_book, last_chapter = "", ""
    for line in path.read_text("ascii").splitlines():
        reference, verse = line.split(" ", 1)
        book, chapter = re.fullmatch(r"(.+?)(\d+):\d+", reference).groups()
        if (book, chapter) != (last_book, last_chapter):
            result.append((BOOK if book != last_book else "") + CHAPTER + "\n")
            last_book, last_chapter = book, chapter
        result[-1] += verse.strip() + "\n"
    return result


def encode(text: str) -> np.ndarray:
    """Returns the numbers of the text's symbols; fails on any other."""
    return np.array([SYMBOLS.index(symbol) for symbol in text], np.uint8)


def split(path: pathlib.Path, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Returns (training symbols, held-out symbols): whole chapters, drawn by chance, in the text's order."""
    parts = chapters(path)
    held_out = set(rng.choice(len(parts), round(len(parts) * HELD_OUT_SHARE), replace=False).tolist())
    return tuple(
        encode("".join(part for i, part in enumerate(parts) if (i in held_out) == wanted)) for wanted in (False, True)
    )


def windows(symbols: np.ndarray, starts: np.ndarray, length: int) -> np.ndarray:
    """Returns the windows [n, length] of the text that begin at `starts`."""
    return symbols[starts[:, None] + np.arange(length)]
