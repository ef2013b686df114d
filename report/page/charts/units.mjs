// Quantities with their units, three digits of each, as the tables have them.

const timeUnits = [['s', 1], ['ms', 1e-3], ['us', 1e-6], ['ns', 1e-9]];
const byteUnits = [['PB', 1e15], ['TB', 1e12], ['GB', 1e9], ['MB', 1e6], ['kB', 1e3], ['B', 1]];

// What a rounding error keeps from being 100 is 100.
const digits = (exact) => {
  const value = Number(exact.toPrecision(12));
  return value >= 100 || value === 0 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
};
const written = (value, units) => {
  const [name, size] = unitOf(value, units);
  return `${digits(value / size)} ${name}`;
};

/** [name, size] of the largest unit of which there is at least one. */
const unitOf = (value, units) => units.find(([, size]) => Math.abs(value) >= size) ?? units.at(-1);

export const timeUnit = (seconds) => unitOf(seconds, timeUnits);
export const byteUnit = (bytes) => unitOf(bytes, byteUnits);
export const time = (seconds) => written(seconds, timeUnits);
export const bytes = (count) => written(count, byteUnits);
export const percent = (share, places = 1) => `${(100 * share).toFixed(places)} %`;

/** Sizes that are powers of two: "256 B", "64 KiB", "8 GiB". */
export function binary(count) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (count >= 1024 && unit + 1 < units.length) {
    count /= 1024;
    unit += 1;
  }
  return `${Number.isInteger(count) ? count : count.toPrecision(3)} ${units[unit]}`;
}
