"""What kind of file something is: MIME types, file name extensions, and the signatures that files begin with."""

from __future__ import annotations

from typing import Final

DEFAULT: Final = "text/plain"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_OPEN_DOCUMENT: Final = "application/vnd.oasis.opendocument"
_KINDS: Final[tuple[tuple[str, str], ...]] = (
    ("text/plain", "txt text log ini conf"),
    ("text/csv", "csv"),
    ("text/tab-separated-values", "tsv"),
    ("text/html", "html htm"),
    ("text/css", "css"),
    ("text/calendar", "ics"),
    ("text/markdown", "markdown md"),
    ("text/rtf", "rtf"),
    ("text/vtt", "vtt"),
    ("text/x-vcard", "vcf"),
    ("text/xml", "xml"),
    ("text/yaml", "yaml yml"),
    ("text/jsx", "jsx"),
    ("application/javascript", "js mjs"),
    ("application/json", "json map"),
    ("application/ld+json", "jsonld"),
    ("application/geo+json", "geojson"),
    ("application/xml", "xml xsl"),
    ("application/xhtml+xml", "xhtml"),
    ("application/rss+xml", "rss"),
    ("application/atom+xml", "atom"),
    ("application/rdf+xml", "rdf"),
    ("application/gpx+xml", "gpx"),
    ("application/vnd.google-earth.kml+xml", "kml"),
    ("application/pdf", "pdf"),
    ("application/rtf", "rtf"),
    ("application/postscript", "ai eps ps"),
    ("application/epub+zip", "epub"),
    ("application/msword", "doc dot"),
    (f"{_OFFICE}.wordprocessingml.document", "docx"),
    ("application/vnd.ms-excel", "xls"),
    (f"{_OFFICE}.spreadsheetml.sheet", "xlsx"),
    ("application/vnd.ms-excel.sheet.macroenabled.12", "xlsm"),
    ("application/vnd.ms-excel.sheet.binary.macroenabled.12", "xlsb"),
    ("application/vnd.ms-powerpoint", "ppt"),
    (f"{_OFFICE}.presentationml.presentation", "pptx"),
    (f"{_OPEN_DOCUMENT}.text", "odt"),
    (f"{_OPEN_DOCUMENT}.spreadsheet", "ods"),
    (f"{_OPEN_DOCUMENT}.presentation", "odp"),
    ("application/vnd.ms-outlook", "msg"),
    ("message/rfc822", "eml"),
    ("application/zip", "zip"),
    ("application/gzip", "gz"),
    ("application/x-tar", "tar"),
    ("application/x-bzip2", "bz2"),
    ("application/x-7z-compressed", "7z"),
    ("application/vnd.rar", "rar"),
    ("application/java-archive", "jar"),
    ("application/octet-stream", "bin"),
    ("application/x-msdos-program", "exe"),
    ("application/x-sql", "sql"),
    ("application/x-sh", "sh"),
    ("application/x-httpd-php", "php"),
    ("application/x-x509-ca-cert", "der crt pem"),
    ("application/toml", "toml"),
    ("application/wasm", "wasm"),
    ("image/png", "png"),
    ("image/jpeg", "jpeg jpg jpe"),
    ("image/gif", "gif"),
    ("image/webp", "webp"),
    ("image/svg+xml", "svg"),
    ("image/bmp", "bmp"),
    ("image/vnd.microsoft.icon", "ico"),
    ("image/x-icon", "ico"),
    ("image/tiff", "tif tiff"),
    ("image/heic", "heic"),
    ("image/heif", "heif"),
    ("image/avif", "avif"),
    ("image/vnd.adobe.photoshop", "psd"),
    ("audio/mpeg", "mpga mp2 mp3"),
    ("audio/mp3", "mp3"),
    ("audio/wave", "wav"),
    ("audio/wav", "wav"),
    ("audio/x-wav", "wav"),
    ("audio/ogg", "oga ogg opus"),
    ("audio/mp4", "m4a"),
    ("audio/x-aac", "aac"),
    ("audio/x-flac", "flac"),
    ("audio/midi", "mid"),
    ("audio/webm", "weba"),
    ("video/mp4", "mp4"),
    ("video/x-m4v", "m4v"),
    ("video/webm", "webm"),
    ("video/quicktime", "qt mov"),
    ("video/x-msvideo", "avi"),
    ("video/mpeg", "mpeg mpg"),
    ("video/x-matroska", "mkv"),
    ("video/3gpp", "3gp"),
    ("video/ogg", "ogv"),
    ("font/woff", "woff"),
    ("font/woff2", "woff2"),
    ("font/ttf", "ttf"),
    ("font/otf", "otf"),
)
_EXTENSIONS: Final = {kind: extensions.split()[0] for kind, extensions in _KINDS}
_TYPES: Final = {extension: kind for kind, extensions in reversed(_KINDS) for extension in extensions.split()} | {
    "xml": "application/xml",
    "rtf": "application/rtf",
}
_SIGNATURES: Final[tuple[tuple[int, bytes, str, str], ...]] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (0, b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (0, b"GIF", "image/gif", "gif"),
    (8, b"WEBP", "image/webp", "webp"),
    (0, b"II*\x00", "image/tiff", "tif"),
    (0, b"MM\x00*", "image/tiff", "tif"),
    (0, b"BM", "image/bmp", "bmp"),
    (0, b"8BPS", "image/vnd.adobe.photoshop", "psd"),
    (0, b"\x00\x00\x01\x00", "image/x-icon", "ico"),
    (0, b"%PDF", "application/pdf", "pdf"),
    (0, b"{\\rtf", "application/rtf", "rtf"),
    (0, b"<?xml ", "application/xml", "xml"),
    (0, b"\x1f\x8b", "application/gzip", "gz"),
    (0, b"BZh", "application/x-bzip2", "bz2"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed", "7z"),
    (0, b"Rar!\x1a\x07", "application/x-rar-compressed", "rar"),
    (257, b"ustar", "application/x-tar", "tar"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-cfb", "cfb"),
    (0, b"SQLite format 3\x00", "application/x-sqlite3", "sqlite"),
    (0, b"\x00asm", "application/wasm", "wasm"),
    (0, b"ID3", "audio/mpeg", "mp3"),
    (0, b"fLaC", "audio/x-flac", "flac"),
    (0, b"OggS", "audio/ogg", "ogg"),
    (8, b"WAVE", "audio/vnd.wave", "wav"),
    (8, b"AVI ", "video/vnd.avi", "avi"),
    (4, b"ftypqt", "video/quicktime", "mov"),
    (4, b"ftypM4A", "audio/x-m4a", "m4a"),
    (4, b"ftypheic", "image/heic", "heic"),
    (4, b"ftypavif", "image/avif", "avif"),
    (4, b"ftyp", "video/mp4", "mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm", "webm"),
    (0, b"wOFF", "font/woff", "woff"),
    (0, b"wOF2", "font/woff2", "woff2"),
)
_IN_ZIP: Final[tuple[tuple[bytes, str, str], ...]] = (
    (b"word/", f"{_OFFICE}.wordprocessingml.document", "docx"),
    (b"xl/", f"{_OFFICE}.spreadsheetml.sheet", "xlsx"),
    (b"ppt/", f"{_OFFICE}.presentationml.presentation", "pptx"),
    (b"mimetypeapplication/vnd.oasis.opendocument.text", f"{_OPEN_DOCUMENT}.text", "odt"),
    (b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", f"{_OPEN_DOCUMENT}.spreadsheet", "ods"),
    (b"mimetypeapplication/vnd.oasis.opendocument.presentation", f"{_OPEN_DOCUMENT}.presentation", "odp"),
    (b"mimetypeapplication/epub+zip", "application/epub+zip", "epub"),
)
_LOOKED_AT: Final = 4096


def type_of(name: str) -> str | None:
    """The MIME type that a file's name tells, or an extension alone."""
    return _TYPES.get(name.rpartition(".")[2].lower())


def extension_of(mime_type: str) -> str | None:
    """The usual extension, without a dot, of files of a MIME type."""
    return _EXTENSIONS.get(mime_type.partition(";")[0].strip().lower())


def recognised(content: bytes) -> tuple[str, str] | None:
    """MIME type and extension by the signature with which the content begins; None without any."""
    if content.startswith(b"PK\x03\x04"):
        head = content[:_LOOKED_AT]
        return next(((kind, ext) for sign, kind, ext in _IN_ZIP if sign in head), ("application/zip", "zip"))
    return next((row[2:] for row in _SIGNATURES if content.startswith(row[1], row[0])), None)


def family_of(mime_type: str) -> str | None:
    """n8n's `fileType`: how an editor would show the file."""
    if mime_type.startswith("application/json"):
        return "json"
    if mime_type.startswith("text/html"):
        return "html"
    for family in ("image", "video", "audio"):
        if mime_type.startswith(f"{family}/"):
            return family
    if mime_type.startswith(("text/", "application/javascript")):
        return "text"
    return "pdf" if mime_type.startswith("application/pdf") else None
