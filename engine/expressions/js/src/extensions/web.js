// Recognizing and cutting out e-mail addresses, domains and URLs.

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const DOMAIN = `(?:${LABEL}\\.)+[a-z]{2,63}`;
const EMAIL = `[a-z0-9._%+-]+@${DOMAIN}`;

const ONLY_DOMAIN = new RegExp(`^${DOMAIN}$`, "i");
const ONLY_EMAIL = new RegExp(`^${EMAIL}$`, "i");
const SOME_EMAIL = new RegExp(EMAIL, "i");
const SITE = new RegExp(`^(?:(?:https?|ftp)://)?((?:[a-z0-9_-]+\\.)+[a-z]{2,})(?::\\d+)?(?:[/?#]|$)`, "i");
const URL_PARTS = /^([a-z][a-z0-9+.-]*):\/\/(?:[^/?#@\s]*@)?(\[[^\]\s]*\]|[^/?#:@\s]+)(?::\d*)?([^?#\s]*)(?:[?#]\S*)?$/i;

export const isDomain = (text) => ONLY_DOMAIN.test(text);

export const isEmail = (text) => ONLY_EMAIL.test(text);

/** A URL that a browser would open: http or https. */
export const isUrl = (text) => /^https?:/i.test(text) && URL_PARTS.test(text);

export const extractEmail = (text) => text.match(SOME_EMAIL)?.[0];

/** The first URL in the text, up to the next space. */
export const extractUrl = (text) => text.match(/https?:\/\/\S+/i)?.[0];

/** The domain of an e-mail address or URL, of which the protocol may be missing. */
export function extractDomain(text) {
  const trimmed = text.trim();
  if (isEmail(trimmed)) return trimmed.slice(trimmed.lastIndexOf("@") + 1);
  if (URL_PARTS.test(trimmed)) return trimmed.match(URL_PARTS)[2];
  return trimmed.match(SITE)?.[1];
}

/** The path of a URL; `undefined` when the text is not one. */
export function extractUrlPath(text) {
  const parts = text.trim().match(URL_PARTS);
  return parts ? parts[3] || "/" : undefined;
}
