// What a writer added is shown as it was written, however long its lines are.
import { expect, it } from 'vitest'
import { parseMail } from '../mime/parse.ts'
import { passedOnAsText } from '../normalize/forwarded.ts'
import { cutQuoted } from './cut.ts'

const quote = 'On Mon, 5 Jan 2026 at 10:00, Shop <help@shop.example> wrote:\n> your order is on its way'

it('P12 a paragraph on one long line is shown to its last word, and what it answers is cut', () => {
  const paragraph = `${'word '.repeat(600)}the end`
  expect(cutQuoted(`${paragraph}\n\n${quote}`).visible).toBe(paragraph)
})

it('P12 wide gaps in a line stay as they were written', () => {
  const row = `size${' '.repeat(40)}42`
  expect(cutQuoted(`${row}\n\n${quote}`).visible).toBe(row)
})

it('P12 where all of it looks quoted, all of it is shown', () => {
  expect(cutQuoted(quote).visible).toBe(quote)
})

it.each([
  '-----Özgün İleti-----',
  '-----ÖZGÜN İLETİ-----',
  '-------- İletilen İleti --------',
  '----- Özgün mesaj -----',
])('P12 a Turkish line over what is quoted is no word of the writer: %s', (line) => {
  const header = 'Kimden: Shop <help@shop.example>\nGönderildi: 5 Ocak 2026 Pazartesi 10:00\nKime: Ana\nKonu: Sipariş'
  expect(cutQuoted(`Dün aldım.\n\n${line}\n${header}\n\nÜrünü ne zaman aldınız?`).visible).toBe('Dün aldım.')
})

it('P9 what an agent passed on below a Turkish line is the customer’s', async () => {
  const header = 'Kimden: Mehmet Kaya <mehmet@people.test>\nKonu: Sipariş'
  const text = `Sisteme alalım.\n\n-------- İletilen İleti --------\n${header}\n\nSiparişim kayıp.`
  const mail = await parseMail(Buffer.from(`From: Ada <ada@shop.example>\nSubject: Fwd: Sipariş\n\n${text}`))
  expect(passedOnAsText(mail)).toMatchObject({
    note: 'Sisteme alalım.',
    mail: { from: [{ address: 'mehmet@people.test' }], text: 'Siparişim kayıp.' },
  })
})

it.each([
  ['Apple Mail, in Turkish', 'Shop <help@shop.example> şunları yazdı (5 Oca 2026 10:00):'],
  ['Apple Mail, in Dutch', 'Op 5 jan. 2026 om 10:00 heeft Shop <help@shop.example> het volgende geschreven:'],
  ['Yandex', '05.01.2026, 10:00, "Shop" <help@shop.example>:'],
])('P12 the line by which %s introduces a quote is no word of the writer', (_program, line) => {
  expect(cutQuoted(`Dün aldım.\n\n${line}\n\n> Ürünü ne zaman aldınız?`).visible).toBe('Dün aldım.')
})
it('P12 words of a writer that sound like such a line are shown', () => {
  const text = 'Arkadaşım da size geçen hafta bunu yazdı (cevap gelmedi)\nLütfen bakar mısınız?'
  expect(cutQuoted(text).visible).toBe(text)
})
