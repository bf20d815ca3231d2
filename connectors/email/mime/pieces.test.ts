// A body in pieces of two kinds is whole in its text and in its HTML.
import { expect, it } from 'vitest'
import { parseMail } from './parse.ts'

const plain = (words: string): string => `Content-Type: text/plain; charset=utf-8\r\n\r\n${words}`
const html = (words: string): string => `Content-Type: text/html; charset=utf-8\r\n\r\n${words}`
const multi = (kind: string, boundary: string, ...parts: readonly string[]): string =>
  `Content-Type: multipart/${kind}; boundary=${boundary}\r\n\r\n${parts.map((it) => `--${boundary}\r\n${it}\r\n`).join('')}--${boundary}--\r\n`
async function readings(body: string) {
  const mail = await parseMail(Buffer.from(`From: Ana <ana@people.test>\r\nMIME-Version: 1.0\r\n${body}`))
  return [mail.text, mail.html?.replace(/<br \/>|\s+/g, '')]
}
const footer = 'Bu liste: https://lists.example'
const both = multi('alternative', 'A', plain('Ürün bozuk geldi.'), html('<p>Ürün <b>bozuk</b> geldi.</p>'))

it('P12 words of HTML above a list’s footer are in the text, and the footer is in the HTML', async () => {
  expect(await readings(multi('mixed', 'B', html('<p>Ürün bozuk geldi.</p>'), plain(footer)))).toEqual([
    `Ürün bozuk geldi.\n\n${footer}`,
    '<p>Ürünbozukgeldi.</p><p>Buliste:https://lists.example</p>',
  ])
})
it('P12 a table of HTML below words is in the text', async () => {
  const table = '<table><tr><td>Sipariş 42</td></tr></table>'
  expect(await readings(multi('mixed', 'B', plain('Siparişim şu & hepsi:'), html(table)))).toEqual([
    'Siparişim şu & hepsi:\n\nSipariş 42',
    `<p>Siparişimşu&amp;hepsi:</p>${table.replace(' ', '')}`,
  ])
})
it('P12 what is said in both is said once, whatever stands below it', async () => {
  expect(await readings(multi('mixed', 'B', both, plain(footer)))).toEqual([
    `Ürün bozuk geldi.\n\n${footer}`,
    '<p>Ürün<b>bozuk</b>geldi.</p><p>Buliste:https://lists.example</p>',
  ])
  expect((await readings(both))[0]).toBe('Ürün bozuk geldi.')
})
it('P12 a file of text is no piece of it', async () => {
  const file = `Content-Disposition: attachment; filename=log.txt\r\n${plain('a line of a log')}`
  expect(await readings(multi('mixed', 'B', html('<p>Ürün bozuk geldi.</p>'), file))).toEqual([
    'Ürün bozuk geldi.',
    '<p>Ürünbozukgeldi.</p>',
  ])
})
