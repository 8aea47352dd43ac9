"""Documents of XML for hypothesis: few names, so that children repeat, clash, nest and change kind all the time."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "n:a", "Größe", "x.y-1", "_"])
TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=8)


@st.composite
def documents(draw: st.DrawFn, depth: int = 3, root: str | None = None) -> str:
    """An element with attributes, texts, CDATA and children, as text; ``root``: its name."""
    name = draw(NAMES) if root is None else root
    attributes = draw(st.dictionaries(NAMES, TEXTS, max_size=2))
    pieces = draw(
        st.lists(
            st.one_of(
                TEXTS.map(_escaped),
                TEXTS.map(lambda t: f"<![CDATA[{t.replace(']]>', '')}]]>"),
                *([documents(depth - 1)] if depth else []),
            ),
            max_size=4,
        )
    )
    written = "".join(f' {k}="{_escaped(v)}"' for k, v in attributes.items())
    return f"<{name}{written}>{''.join(pieces)}</{name}>"


def _escaped(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")
    )
