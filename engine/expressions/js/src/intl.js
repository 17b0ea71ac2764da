// `Intl` for luxon, which keeps and hands out formatters: frozen, so that nobody can leave anything in them.

const frozen = (Formatter) => new Proxy(Formatter, { construct: (made, options) => Object.freeze(new made(...options)) });

const { DateTimeFormat, NumberFormat, RelativeTimeFormat, ListFormat, Locale } = globalThis.Intl;

export const Intl = {
  Locale,
  DateTimeFormat: frozen(DateTimeFormat),
  NumberFormat: frozen(NumberFormat),
  RelativeTimeFormat: frozen(RelativeTimeFormat),
  ListFormat: frozen(ListFormat),
};
