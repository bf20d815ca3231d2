// What HTML marks as quoted is cut, program by program; what the writer put behind or between it is kept.
import { expect, it } from 'vitest'
import { bodyOf } from '../mime/body.ts'
import { cutHtml } from './quotes.ts'

const quoted = '<div>Ürünü ne zaman aldınız?</div>'
const shown = (html: string, text = '') => {
  const { visible, text: whole, state } = bodyOf({ html, text })
  return [visible, state.inlineReply, whole.includes('Ürünü')]
}

it.each([
  [
    'Gmail',
    `<div dir="ltr">Dün aldım.</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">5 Oca 2026 Pzt tarihinde şunu yazdı:<br></div><blockquote class="gmail_quote">${quoted}</blockquote></div>`,
  ],
  [
    'Apple Mail',
    `<div>Dün aldım.</div><div><blockquote type="cite"><div>5 Oca 2026, 10:00</div></blockquote></div><div><blockquote type="cite">${quoted}</blockquote></div>`,
  ],
  [
    'Thunderbird',
    `<p>Dün aldım.</p><div class="moz-cite-prefix">On 05/01/2026 Shop wrote:<br></div><blockquote type="cite" cite="mid:1@a">${quoted}</blockquote>`,
  ],
  [
    'Outlook on the web',
    `<div>Dün aldım.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Shop</div>${quoted}`,
  ],
  [
    'Outlook',
    `<p class=MsoNormal>Dün aldım.</p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p><b>Kimden:</b> Shop</p></div></div>${quoted}`,
  ],
  ['Yahoo', `<div>Dün aldım.</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div>${quoted}</div></div>`],
  [
    'Mail.ru',
    `<div>Dün aldım.</div><blockquote style="border-left:1px solid #0857A6;margin:10px">${quoted}</blockquote>`,
  ],
] as const)('P12 %s: the new words alone are shown, and the whole is kept', (_program, html) => {
  expect(shown(html)).toEqual(['Dün aldım.', false, true])
})

it('P12 HTML helps out where the text beside it does not show what is quoted', () => {
  const html = `<div>Dün aldım.</div><div class="gmail_quote">${quoted}</div>`
  expect(shown(html, 'Dün aldım.\n\nÜrünü ne zaman aldınız?')).toEqual(['Dün aldım.', false, true])
})
it('P12 words between and behind what is quoted are answers: all is shown', () => {
  const html = `<div>Cevaplarım:</div><blockquote type="cite">${quoted}</blockquote><div>Dün.</div><blockquote type="cite">Nereden?</blockquote><div>Mağazadan.</div>`
  expect(shown(html)).toEqual(['Cevaplarım:\n\nÜrünü ne zaman aldınız?\n\nDün.\n\nNereden?\n\nMağazadan.', true, true])
})
it('P12 where all of it is quoted, or nothing is marked, all of it is shown', () => {
  expect(shown(`<div class="gmail_quote">${quoted}</div>`)).toEqual(['Ürünü ne zaman aldınız?', false, true])
  expect(cutHtml('<blockquote>Ein Zitat</blockquote><p>und Worte dazu</p>')).toBeNull()
})
it('P12 a text that only says it wants to be read as HTML gives way to the HTML', () => {
  const stub = 'Your mail program does not support HTML. View this message in a browser.'
  expect(bodyOf({ text: stub, html: '<p>Merhaba</p>' }).text).toBe('Merhaba')
  expect(bodyOf({ text: 'I cannot view the HTML page of the shop.\n\nIt is empty.', html: '<p>x</p>' }).text).toContain(
    'shop',
  )
})
it('P12 more than one unreadable character in a hundred is said', () => {
  expect(bodyOf({ text: `${'a'.repeat(50)}\ufffd`, html: '' }).anomalies).toEqual(['charset'])
  expect(bodyOf({ text: `${'a'.repeat(200)}\ufffd`, html: '' }).anomalies).toEqual([])
})
