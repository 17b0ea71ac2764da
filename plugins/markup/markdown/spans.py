"""Markdown within a paragraph: code, images, links, emphasis."""

from __future__ import annotations

from typing import Any, Final

from plugins.javascript import text as as_text
from plugins.markup.markdown.emoji_names import EMOJI
from plugins.markup.markdown.hashing import hash_spans
from plugins.markup.markdown.state import State, encoded_code, escaped, harmless, revealed

_LABEL: Final = r"\[((?:\[[^\]]*]|[^\[\]])*)]"
_TITLE: Final = r"""(?:[ \t]*((["'])([^"]*?)\5))?[ \t]?\)"""
_IMAGE: Final = r"!\[([^\]]*?)][ \t]*()\([ \t]?"
_SIZE: Final = r"(?: =([*\d]+[A-Za-z%]{0,4})x([*\d]+[A-Za-z%]{0,4}))?"
_IMAGE_END: Final = _SIZE + r"""[ \t]*(?:(["'])([^"]*?)\6)?[ \t]?\)"""
_NO_URL: Final = r"""\(<?\s*>? ?(['"].*['"])?\)$"""
_NEW_WINDOW: Final = ' rel="noopener noreferrer" target="¨E95Eblank"'
_URL: Final = r"""(((https?|ftp|dict):\/\/|www\.)[^'">\s]+"""


def span_rules(text: str, state: State) -> str:
    text = code_spans(text, state)
    text = _hide_in_tags(text, state)
    text = escaped(r"\\(\\)", text, state)
    text = escaped(r"\\([`*_{}\[\]()>#+.!~=|:-])", text, state)
    text = _images(text, state)
    text = _anchors(text, state)
    text = _auto_links(text, state)
    text = _bare_links(text, state)
    text = _emoji(text, state)
    text = _underlined(text, state)
    text = _emphasized(text, state)
    text = _struck_through(text, state)
    if state.on("ellipsis"):
        text = text.replace("...", "…")
    text = hash_spans(text, state)
    text = encoded_signs(text, state)
    if not state.on("simpleLineBreaks"):
        return state.clock.sub(r"  +\n", "", "<br />\n", text)
    return text if "\n\n¨K" in text else state.clock.sub(r"\n+", "", "<br />\n", text)


def code_spans(text: str, state: State) -> str:
    def coded(found: Any) -> str:
        code = encoded_code(found.group(3).strip(" \t"), state)
        return hash_spans(f"{found.group(1)}<code>{code}</code>", state)

    return state.clock.sub(r"(^|[^\\])(`+)([^\r]*?[^`])\2(?!`)", "m", coded, text)


def encoded_signs(text: str, state: State) -> str:
    """Ampersands that begin no entity, and angle brackets."""
    text = state.clock.sub(r"&(?!#?[xX]?(?:[0-9a-fA-F]+|\w+);)", "", "&amp;", text)
    return text.replace("<", "&lt;").replace(">", "&gt;")


def _hide_in_tags(text: str, state: State) -> str:
    def tag(found: Any) -> str:
        whole = state.clock.sub(r"(.)<\/?code>(?=.)", "", lambda inner: inner.group(1) + "`", found.group())
        return escaped(r"([\\`*_~=|])", whole, state)

    text = state.clock.sub(r"<\/?[a-z\d_:-]+(?:\s+[\s\S]+?)?>", "i", tag, text)
    comment = r"<!(--(?:(?:[^>-]|-[^>])(?:[^-]|-[^-])*)--)>"
    return state.clock.sub(comment, "i", lambda found: escaped(r"([\\`*_~=|])", found.group(), state), text)


# ------------------------------------------------------------------------------------------------ images and links


def _images(text: str, state: State) -> str:
    def image(found: Any) -> str:
        return _image(found, state)

    text = state.clock.sub(r"!\[([^\]]*?)] ?(?:\n *)?\[([\s\S]*?)]()()()()()", "", image, text)
    data = _IMAGE + r"<?(data:.+?\/.+?;base64,[A-Za-z0-9+/=\n]+?)>?" + _IMAGE_END
    text = state.clock.sub(data, "", image, text)
    text = state.clock.sub(_IMAGE + r"<([^>]*)>" + _IMAGE_END, "", image, text)
    text = state.clock.sub(_IMAGE + r"<?(\S+?(?:\(\S*?\)\S*?)?)>?" + _IMAGE_END, "", image, text)
    return state.clock.sub(r"!\[([^\[\]]+)]()()()()()()", "", image, text)


def _image(found: Any, state: State) -> str:
    alternative, link_id, url, width, height, _, title = found.groups()
    if url.startswith("data:"):
        url = state.clock.sub(r"\s", "", "", url)
    if state.clock.search(_NO_URL, "m", found.group()):
        url = ""
    elif not url:
        link_id = link_id.lower() or _as_id(alternative, state)
        if link_id not in state.urls:
            return str(found.group())
        url, title = state.urls[link_id], state.titles.get(link_id, title)
        width, height = state.sizes.get(link_id, (width, height))
    html = f'<img src="{harmless(url, state)}" alt="{harmless(alternative.replace(chr(34), "&quot;"), state)}"'
    if title:
        html += f' title="{harmless(title.replace(chr(34), "&quot;"), state)}"'
    if width and height:
        width, height = ("auto" if size == "*" else size for size in (width, height))
        html += f' width="{width}" height="{height}"'
    return html + " />"


def _anchors(text: str, state: State) -> str:
    def anchor(found: Any) -> str:
        return _anchor(found, state)

    text = state.clock.sub(_LABEL + r" ?(?:\n *)?\[(.*?)]()()()()", "", anchor, text)
    text = state.clock.sub(_LABEL + r"()[ \t]*\([ \t]?<([^>]*)>" + _TITLE, "", anchor, text)
    text = state.clock.sub(_LABEL + r"()[ \t]*\([ \t]?<?(\S+?(?:\(\S*?\)\S*?)?)>?" + _TITLE, "", anchor, text)
    text = state.clock.sub(r"\[([^\[\]]+)]()()()()()", "", anchor, text)
    return _mentions(text, state) if state.on("ghMentions") else text


def _anchor(found: Any, state: State) -> str:
    label, link_id, url, _, _, title = found.groups()
    title = title or ""
    if state.clock.search(_NO_URL, "m", found.group()):
        url = ""
    elif not url:
        link_id = link_id.lower() or _as_id(label, state)
        if link_id not in state.urls:
            return str(found.group())
        url, title = state.urls[link_id], state.titles.get(link_id, title)
    html = f'<a href="{(url := harmless(url, state))}"'
    if title:
        html += f' title="{harmless(title.replace(chr(34), "&quot;"), state)}"'
    return html + _target(state, url) + f">{label}</a>"


def _as_id(label: str, state: State) -> str:
    return state.clock.sub(r" ?\n", "", " ", label.lower())


def _target(state: State, url: str = "") -> str:
    return _NEW_WINDOW if state.on("openLinksInNewWindow") and not url.startswith("#") else ""


def _mentions(text: str, state: State) -> str:
    link = as_text(state.options.get("ghMentionsLink", "https://github.com/{u}"))

    def mention(found: Any) -> str:
        before, backslash, name, user = found.groups()
        if backslash:
            return str(before + name)
        return f'{before}<a href="{link.replace("{u}", user)}"{_target(state)}>{name}</a>'

    return state.clock.sub(r"(^|\s)(\\)?(@([a-z\d]+(?:[a-z\d.-]+?[a-z\d]+)*))", "im", mention, text)


def _auto_links(text: str, state: State) -> str:
    text = state.clock.sub(rf"()<{_URL})()>()", "i", lambda found: _link(found, state), text)
    mail = r"<()(?:mailto:)?([-.\w]+@[-a-z0-9]+(\.[-a-z0-9]+)*\.[a-z]+)>"
    return state.clock.sub(mail, "i", lambda found: _mail(found, state), text)


def _bare_links(text: str, state: State) -> str:
    if not state.on("simplifiedAutoLink"):
        return text
    if state.on("excludeTrailingPunctuationFromURLs"):
        end = r"""\.[^'">\s]+?)([.!?,()\[\]])?(\1)?(?=\s|$)(?!["<>])"""
        url = rf"([*~_]+|\b){_URL}{end}"
    else:
        url = rf"([*~_]+|\b){_URL}?" + r"""\.[^'">\s]+?)()(\1)?(?=\s|$)(?!["<>])"""
    text = state.clock.sub(url, "i", lambda found: _link(found, state), text)
    mail = r"(^|\s)(?:mailto:)?([A-Za-z0-9!#$%&'*+-/=?^_`{|}~.]+@[-a-z0-9]+(\.[-a-z0-9]+)*\.[a-z]+)(?=$|\s)"
    return state.clock.sub(mail, "im", lambda found: _mail(found, state), text)


def _link(found: Any, state: State) -> str:
    before, link, _, _, punctuation, after = found.groups()
    shown = harmless(link, state)
    url = f"http://www.{shown[4:]}" if shown[:4].lower() == "www." else shown
    kept = punctuation if state.on("excludeTrailingPunctuationFromURLs") and punctuation else ""
    return f'{before or ""}<a href="{url}"{_target(state)}>{shown}</a>{kept}{after or ""}'


def _mail(found: Any, state: State) -> str:
    mail = revealed(found.group(2), state)
    href = f"mailto:{mail}"
    if state.on("encodeEmails"):
        href, mail = _obscured(href), _obscured(mail)
    return f'{found.group(1) or ""}<a href="{href}">{mail}</a>'


def _obscured(address: str) -> str:
    """Every character as an entity, by turns decimal and hexadecimal: showdown throws dice, we have to repeat it."""
    return "".join(f"&#x{ord(one):x};" if place % 2 else f"&#{ord(one)};" for place, one in enumerate(address))


# ------------------------------------------------------------------------------------------------ emphasis


def _emoji(text: str, state: State) -> str:
    if not state.on("emoji"):
        return text
    return state.clock.sub(r":(\S+?):", "", lambda found: EMOJI.get(found.group(1), found.group()), text)


def _underlined(text: str, state: State) -> str:
    if not state.on("underline"):
        return text
    for mark in ("___", "__"):
        text = _marked(mark, "<u>", "</u>", text, state)
    return escaped("(_)", text, state)


def _emphasized(text: str, state: State) -> str:
    for mark, tags in (("___", ("strong", "em")), ("__", ("strong",)), ("_", ("em",))):
        text = _marked(mark, *_tagged(tags), text, state)
    for stars, tags in ((3, ("strong", "em")), (2, ("strong",)), (1, ("em",))):
        text = _starred(stars, *_tagged(tags), text, state)
    return text


def _tagged(tags: tuple[str, ...]) -> tuple[str, str]:
    return "".join(f"<{tag}>" for tag in tags), "".join(f"</{tag}>" for tag in reversed(tags))


def _marked(mark: str, opening: str, closing: str, text: str, state: State) -> str:
    """Between underscores."""
    if state.on("literalMidWordUnderscores"):
        source = rf"\b{mark}(\S[\s\S]*?){mark}\b"
        return state.clock.sub(source, "", lambda found: opening + found.group(1) + closing, text)
    first = r"\S" if len(mark) > 1 else r"[^\s_]"
    return _unless_blank(rf"{mark}({first}[\s\S]*?){mark}", opening, closing, text, state)


def _starred(stars: int, opening: str, closing: str, text: str, state: State) -> str:
    mark = r"\*" * stars
    if state.on("literalMidWordAsterisks"):
        source = rf"([^*]|^)\B{mark}(\S[\s\S]*?){mark}\B(?!\*)"
        return state.clock.sub(source, "", lambda found: found.group(1) + opening + found.group(2) + closing, text)
    first = r"\S" if stars > 1 else r"[^\s*]"
    return _unless_blank(rf"{mark}({first}[\s\S]*?){mark}", opening, closing, text, state)


def _unless_blank(source: str, opening: str, closing: str, text: str, state: State) -> str:
    """What is marked may not end in a blank."""

    def wrapped(found: Any) -> str:
        whole = state.clock.search(r"\S$", "", found.group(1)) is not None
        return opening + found.group(1) + closing if whole else str(found.group())

    return state.clock.sub(source, "", wrapped, text)


def _struck_through(text: str, state: State) -> str:
    if not state.on("strikethrough"):
        return text
    struck = r"(?:~){2}([\s\S]+?)(?:~){2}"
    return state.clock.sub(struck, "", lambda found: f"<del>{_bare_links(found.group(1), state)}</del>", text)
