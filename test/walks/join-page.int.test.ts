// The page behind a link, in a real browser: in the language the browser asks for, once, and with nothing left of the link in its address.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPage, type Page } from '../support/browser.ts'
import { until } from '../support/desk.ts'
import { endGateways, startGateway, type Gateway } from '../support/gateway-process.ts'

const good = 'yedi turuncu pusula gemide'
let gateway: Gateway
beforeAll(async () => {
  gateway = await startGateway()
  for (const id of ['ayse', 'john'])
    await gateway.call('POST', '/v1/agents', {
      body: { id, name: id === 'ayse' ? 'Ayşe' : 'John', email: `${id}@shop.example`, role: 'agent' },
    })
}, 60_000)
afterAll(() => endGateways())

async function linkFor(agent: string): Promise<string> {
  const { status, body } = await gateway.call<{ readonly link: string }>('POST', `/v1/agents/${agent}/invite`)
  expect(status).toBe(201)
  return body.link
}
const said = (page: Page): Promise<string> => page.run<string>(`document.querySelector('output').textContent`)
const submit = (page: Page, password: string): Promise<unknown> =>
  page.run(`document.querySelector('[name=password]').value = ${JSON.stringify(password)},
    document.querySelector('form').requestSubmit()`)
const answered = (page: Page): Promise<string> =>
  until(
    () => said(page),
    (text) => text !== '' && text !== '…',
  )
const signIn = (email: string, password: string) =>
  gateway.call('POST', '/v1/login', { key: null, body: { email, password } })

describe('the page behind an invitation', () => {
  it('S25 S22 a browser in Turkish: refuses a weak password in Turkish, sets a good one, and forgets the link', async () => {
    const link = await linkFor('ayse')
    const page = await openPage(link, 'tr-TR')
    const shows = () =>
      page.run<readonly unknown[]>(
        `[document.documentElement.lang, document.querySelector('button')?.textContent, document.querySelector('[data-first]')?.hidden]`,
      )
    expect(await shows()).toEqual(['tr', 'Kaydet', true])
    await submit(page, 'galatasaray1905')
    expect(await answered(page)).toMatch(/^Bu parola kabul edilmedi/)
    expect((await signIn('ayse@shop.example', 'galatasaray1905')).status).toBe(401)

    await submit(page, good)
    const welcome = await until(
      () => said(page),
      (text) => text.startsWith('Hoş geldiniz'),
    )
    expect(welcome).toBe('Hoş geldiniz, Ayşe. Bundan sonra ayse@shop.example adresi ve bu parolayla giriş yaparsınız.')
    expect(await page.run<string>('location.href')).toMatch(/\/join$/)
    expect((await signIn('ayse@shop.example', good)).status).toBe(200)

    const again = await openPage(link, 'tr-TR')
    await submit(again, good)
    expect(await answered(again)).toMatch(/^Bu bağlantı artık geçerli değil/)
  }, 60_000)

  it('S25 a browser in another language: English, and a link that was cut says so', async () => {
    const page = await openPage((await linkFor('john')).slice(0, -5), 'fr-FR')
    expect(await answered(page)).toBe('This link is not whole. Copy all of it.')
    expect(await page.run<readonly unknown[]>(`[document.documentElement.lang, document.querySelector('form').hidden]`)).toEqual(['en', true]) // prettier-ignore
  }, 60_000)
})
