// Luxon, its settings kept to ourselves: the workflow's time zone, the batch's clock.

import { DateTime, Duration, IANAZone, Interval, Settings, FixedOffsetZone, SystemZone } from "luxon";

export { DateTime, Duration, Interval };

Settings.defaultLocale = "en-US";

/** From here on, local times are in `timezone` (IANA; UTC when there is none) and `DateTime.now()` is `now_ms`. */
export function setClock({ timezone, now_ms }) {
  Settings.defaultZone = timezone || "utc";
  Settings.now = now_ms === undefined ? () => Date.now() : () => now_ms;
}

/**
 * Leaves nothing in luxon that one date could change for another. Answers the objects that dates share: whoever
 * freezes the realm must freeze these too.
 */
export function settle() {
  freezeZones();
  settleGuesses();
  const formats = Object.getOwnPropertyNames(DateTime).map((name) => DateTime[name]);
  return [...formats, ...samples()];
}

/** An object of each kind that leads to methods and tables which no class in sight leads to. */
function samples() {
  const date = DateTime.fromMillis(0, { zone: "Europe/Paris" });
  const { loc, zone } = date;
  const duration = Duration.fromObject({ days: 1 });
  const longterm = Duration.fromObject({ days: 1 }, { conversionAccuracy: "longterm" });
  const formatters = [loc.numberFormatter({}), loc.dtFormatter(date, {}), loc.relFormatter({})];
  const zones = [zone, FixedOffsetZone.utcInstance, SystemZone.instance, DateTime.local({ zone: "No/Where" }).zone];
  const readers = [DateTime.buildFormatParser("yyyy"), DateTime.invalid("sample").invalid];
  return [loc, duration, duration.matrix, longterm.matrix, ...formatters, ...zones, ...readers];
}

/** Zones are cached and shared, so that one expression could spoil them for the next. */
function freezeZones() {
  const create = IANAZone.create;
  IANAZone.create = (name) => Object.freeze(create.call(IANAZone, name));
  Object.freeze(FixedOffsetZone.utcInstance);
  Object.freeze(SystemZone.instance);
}

/** Luxon guesses offsets from the time of its first use; fixing that time makes ambiguous hours the same each run. */
function settleGuesses() {
  Settings.now = () => 0;
  DateTime.fromObject({ year: 2024 }, { zone: "Europe/Paris" });
  Settings.now = () => Date.now();
}
