// Mails of words alone are read without the library: to the byte as it would, whatever happened to them on the way.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seed } from '../../test/support/seed.ts'
import { mails } from './fixtures/reading.ts'
import { lift } from './mime/lift.ts'
import { TooMuch } from './mime/limits.ts'
import { parseMail } from './mime/parse.ts'
import { plainTree } from './mime/plain.ts'
import { fallbackCharset, repaired, withLineEnds } from './mime/repair.ts'
import { structureOf, type Structure } from './mime/structure.ts'
import { treeOf } from './mime/tree.ts'

function structured(bytes: Uint8Array): Structure | null {
  try {
    return structureOf(bytes)
  } catch (error) {
    if (error instanceof TooMuch) return null
    throw error
  }
}
/** What both make of it; null: the library alone reads it. */
async function both(given: Uint8Array) {
  const bytes = withLineEnds(given)
  const structure = structured(bytes)
  const plain = structure === null ? null : plainTree(bytes, structure)
  if (plain === null || structure === null) return null
  const mend = { fallback: fallbackCharset(bytes, structure), lifted: lift(bytes, structure.leaves) }
  return { plain, library: await treeOf(repaired(bytes, structure, mend)) }
}

const made = (encoding: string, body: string, charset = 'utf-8', boundary = 'b_1') =>
  Buffer.from(
    [
      'From: ana@people.test',
      `Content-Type: multipart/alternative; boundary="${boundary}"`,
      '',
      `--${boundary}`,
      `Content-Type: text/plain; charset=${charset}`,
      `Content-Transfer-Encoding: ${encoding}`,
      '',
      body,
      `--${boundary}`,
      'Content-Type: text/html; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      '',
      '<p>Grüße</p>',
      `--${boundary}--`,
      '',
    ].join('\r\n'),
  )

describe('mails of words alone', () => {
  it('P12 are many of the collected ones, and read as the library reads them', async () => {
    const found = (await Promise.all(mails.map(both))).filter((it) => it !== null)
    expect(found.length).toBeGreaterThan(35)
    for (const { plain, library } of found) expect(plain).toEqual(library)
  })
  it.each([
    ['quoted-printable', 'Gr=C3=BC=C3=9Fe, ein=\r\n langer Satz =3D'],
    ['base64', Buffer.from('Grüße\r\n').toString('base64')],
    ['8bit', 'Grüße\r\n\r\n'],
  ])('P12 packed as %s they are the same', async (encoding, body) => {
    const { plain, library } = (await both(made(encoding, body)))!
    expect(plain).toEqual(library)
    expect(plain.text).toContain('Grüße')
  })
  it.each([
    ['another charset', made('8bit', 'x', 'iso-2022-jp')],
    ['a broken packing', made('quoted-printable', 'a =ZZ b')],
    ['blanks at the end of a packed line', made('quoted-printable', 'a \r\nb')],
    ['a boundary that stands in the text', made('8bit', 'see --b_1 below')],
    ['a packing nobody knows', made('x-own', 'a')],
  ])('are left to the library with %s', async (_what, bytes) => {
    expect(await both(bytes)).toBeNull()
  })
  it('P12 a boundary with blanks behind it begins a part all the same, also beside a file', async () => {
    const padded = made('8bit', 'Siparişim nerede?').toString().replace('--b_1\r\n', '--b_1 \t\r\n')
    expect((await parseMail(Buffer.from(padded))).text).toBe('Siparişim nerede?')
    const file = 'Content-Disposition: attachment; filename=a.html\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<p>'
    const mail = await parseMail(Buffer.from(padded.replace('Content-Transfer-Encoding: 8bit\r\n\r\n<p>', file)))
    expect([mail.text, mail.files.map(({ name }) => name)]).toEqual(['Siparişim nerede?', ['a.html']])
  })
  it(`P6 P12 spoiled ones are read alike or left to the library (seed ${seed})`, async () => {
    const bases = [...mails, made('8bit', 'Grüße'), made('quoted-printable', 'Gr=C3=BC=C3=9Fe')].filter(
      (it) => it.length < 9_000,
    )
    const piece = fc.constantFrom('\r\n', '\n', '\r', '--b_1', '--b_1--', '=', '=\r\n', '=C3=BC', 'ü', ' ', '\t', '\r\n\r\n', ';', '"', '\u0000', '\ufeff', 'boundary=b_1', 'format=flowed', 'Content-Type: text/html\r\n', 'Content-Transfer-Encoding: base64\r\n') // prettier-ignore
    const spoiling = fc.record({ at: fc.nat(9_000), piece, gone: fc.nat(20) })
    const spoiled = fc.record({
      base: fc.nat(bases.length - 1),
      by: fc.array(spoiling, { minLength: 1, maxLength: 3 }),
    })
    let count = 0
    await fc.assert(
      fc.asyncProperty(spoiled, async ({ base, by }) => {
        let bytes = Buffer.from(bases[base]!)
        for (const { at, piece: it, gone } of by)
          bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(it), bytes.subarray(at + gone)])
        const found = await both(bytes)
        if (found === null) return
        count += 1
        expect(found.plain).toEqual(found.library)
      }),
      { seed, numRuns: 1_500 },
    )
    expect(count).toBeGreaterThan(200)
  })
})
