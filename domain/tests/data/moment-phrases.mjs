// Makes moment-phrases.tsv: what moment 2.31.0 (npm, MIT) says for moment.utc(then).from(now) in English.
// Columns: then and now, in milliseconds since the Unix epoch, and the phrase.
//
// In an empty folder: npm install moment@2.31.0, copy this file there, then
//   TZ=UTC node moment-phrases.mjs > moment-phrases.tsv
import moment from 'moment';

const rows = new Map();

function row(then, now) {
  const phrase = moment.utc(then).from(moment.utc(now));
  // The originals say fromNow(), in local time; their zone is UTC.
  if (moment(then).from(moment(now)) !== phrase) throw new Error('set TZ=UTC');
  rows.set(`${then}\t${now}`, phrase);
}

function bothWays(then, now) {
  row(then, now);
  row(now, then);
}

const at = (text) => Date.parse(text);
const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const now = at('2026-11-22T18:56:53.128Z');

// Every threshold and rounding edge of a fixed length, and a millisecond to either side.
const lengths = [0, SECOND, 44 * SECOND, 44.5 * SECOND, 45 * SECOND, 60 * SECOND, 89.5 * SECOND, 90 * SECOND];
for (let minutes = 2; minutes <= 46; minutes++) lengths.push((minutes + 0.5) * MINUTE);
for (const hours of [1, 1.5, 2, 2.5, 3.5, 12.5, 20.5, 21, 21.5, 22, 22.5, 23.5, 24]) lengths.push(hours * HOUR);
for (let days = 1; days <= 34; days++) lengths.push((days + 0.5) * DAY);
// Half months and years of the mean length, where moment rounds in floating point.
const MONTH = (146097 / 4800) * DAY;
for (let half = 1; half <= 51; half += 2) lengths.push(Math.round((half / 2) * MONTH));
for (let half = 1; half <= 9; half += 2) lengths.push(Math.round((half / 2) * 12 * MONTH));
for (const length of lengths) for (const edge of [-1, 0, 1]) bothWays(now - length + edge, now);

// The same edges counted from a month's day, since the months come off first: the remainder decides the rounding.
const ROUNDING = 1314873000; // half a mean month
for (const [text, months] of [
  ['2024-01-31T00:00:00Z', 14], ['2023-02-28T12:00:00Z', 26], ['2020-02-29T23:59:59.999Z', 120], ['1999-12-31T06:00:00Z', 300],
]) {
  for (let month = 0; month <= months; month += months > 30 ? 7 : 1) {
    const base = at(text);
    const later = moment.utc(base).add(month, 'M').valueOf();
    for (const edge of [-1, 0, 1]) {
      row(base, later + edge);
      row(base, later + ROUNDING + edge);
    }
  }
}

// Month lengths, leap years and the 29th of February.
const days = [
  '2023-01-28', '2023-01-29', '2023-01-30', '2023-01-31', '2023-02-28', '2023-03-01', '2023-03-30', '2023-03-31', '2023-04-30',
  '2023-12-31', '2024-01-01', '2024-01-31', '2024-02-28', '2024-02-29', '2024-03-01', '2024-03-31', '2025-02-28', '2025-03-01',
  '2028-02-29', '2000-02-29', '1900-02-28', '1900-03-01', '2100-02-28', '2100-03-01',
];
for (const one of days) for (const other of days) row(at(`${one}T12:00:00Z`), at(`${other}T12:00:00Z`));

// Far distances, and the ends of what RFC 3339 can write.
for (const text of [
  '0001-01-01T00:00:00.000Z', '0001-01-31T00:00:00.000Z', '0099-12-31T23:59:59.999Z', '1000-06-15T12:00:00.000Z', '1582-10-15T00:00:00.000Z', '1969-12-31T23:59:59.999Z',
  '1970-01-01T00:00:00.000Z', '2038-01-19T03:14:08.000Z', '9999-12-31T23:59:59.999Z',
]) {
  bothWays(at(text), now);
  bothWays(at(text), at('1970-01-01T00:00:00.001Z'));
  bothWays(at(text), at('9999-12-31T00:00:00.000Z'));
}

// Random ones, evenly over the magnitudes from a millisecond to four thousand years; a generator with a seed (mulberry32).
let seed = 20261122;
function random() {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
for (let i = 0; i < 400; i++) {
  const then = Math.floor(at('1900-01-01') + random() * (at('2100-01-01') - at('1900-01-01')));
  row(then, then + (random() < 0.3 ? -1 : 1) * Math.floor(10 ** (random() * 14)) % (1700 * 365 * DAY));
}
// Calendar distances near whole months.
for (let i = 0; i < 300; i++) {
  const then = Math.floor(at('1990-01-01') + random() * (at('2040-01-01') - at('1990-01-01')));
  row(then, moment.utc(then).add(Math.floor(random() * 40), 'M').valueOf() + Math.floor((random() - 0.5) * 4 * DAY));
}

console.log([...rows].map(([moments, phrase]) => `${moments}\t${phrase}`).join('\n'));
