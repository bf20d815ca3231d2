// Values that have broken programs before, of every JSON type, and the ones fast-check thinks of.
import fc, { type Arbitrary } from 'fast-check'

export const hostileTexts: readonly string[] = [
  '', ' ', '\u0000', 'a\u0000b', '\ud800', '\udfff\ud800', '\u202egnp.exe', 'a\r\nX-Evil: 1', '\u001b[31mred', "'", "' or 1=1 --", '";drop table ticket;--',
  '../../etc/passwd', '%2e%2e%2f', '%00', '%', '%ff', '${7*7}', '{{7*7}}', '<script>alert(1)</script>', '__proto__', 'constructor', 'toString', 'null', 'NaN',
  '1e999', '-0', '9'.repeat(30), '-9223372036854775809', '9223372036854775808', '2147483648', '9999-12-31T23:59:59.999Z', '0000-00-00', '-271821-04-20T00:00:00.000Z',
  '+275760-09-13T00:00:00.001Z', '2026-02-30T00:00:00Z', '2026-11-27T24:00:00Z', 'İıŞğ'.repeat(50), 'x'.repeat(5_000), '\ufeff', '\u2028', '🏴‍☠️'.repeat(40), 'http://169.254.169.254/', 'file:///etc/passwd',
  'env:INLET_MASTER_KEY', 'file:/etc/passwd', 'tkt_', `tkt_${'0'.repeat(32)}`, `msg_${'f'.repeat(32)}`, 'sha256:', '=cmd|calc', ',', '*', '_', '\\', '(((((', ':*', '&|!',
] // prettier-ignore

const hostileNumbers = [0, -0, -1, 0.5, 1e21, 1e308, 2 ** 31, 2 ** 53, -(2 ** 63), Number.MAX_SAFE_INTEGER]

export const hostileText: Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...hostileTexts) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
)

/** Twenty to two thousand levels. */
const deep: Arbitrary<unknown> = fc
  .constantFrom(20, 40, 2_000)
  .map((levels) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown)

const ownProto: Arbitrary<unknown> = fc.constantFrom(
  ...['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}', '{"toString":1}'].map(
    (text) => JSON.parse(text) as unknown,
  ),
)

export const hostileValue: Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: hostileText },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, ...hostileNumbers) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  { weight: 1, arbitrary: fc.array(hostileText, { maxLength: 3 }) },
  { weight: 1, arbitrary: ownProto },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: fc.constant(Array.from({ length: 3_000 }, (_, n) => `t${n}`)) },
)
