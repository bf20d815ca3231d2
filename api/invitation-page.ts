// The page behind a set-up link and an invitation: a form that sets the password. What follows the # never leaves the browser but to this gateway.
import { createHash } from 'node:crypto'
import type { Api } from './deps.ts'
import { languageFor, wordsOfThePage, type PageLanguage, type PageWords } from './invitation-page-words.ts'

const script = `
const token = /inlet_(join|setup)_[A-Za-z0-9_-]{43}$/.exec(location.hash)
const form = document.querySelector('form'), said = document.querySelector('output')
const words = JSON.parse(document.querySelector('#words').textContent)
const isFirst = token?.[1] === 'setup'
for (const it of document.querySelectorAll('[data-first]')) {
  it.hidden = !isFirst
  for (const field of it.querySelectorAll('input')) field.disabled = !isFirst
}
if (token === null) { form.hidden = true; said.textContent = words.notWhole }
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const { name, email, password } = Object.fromEntries(new FormData(form))
  const body = isFirst ? { link: token[0], name, email, password } : { link: token[0], password }
  said.textContent = '…'
  try {
    const answer = await fetch(isFirst ? '/v1/setup' : '/v1/invitations/accept',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    const found = await answer.json()
    form.hidden = answer.ok
    said.textContent = answer.ok ? words.welcome.replace('{name}', () => found.agent.name).replace('{email}', () => found.agent.email)
      : words.refused[found.code] ?? found.detail
    if (answer.ok) history.replaceState(null, '', location.pathname)
  } catch { said.textContent = words.silent }
})
`
const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 24rem; margin: 12vh auto; padding: 0 1rem }
label { display: block; margin: 0 0 1rem } input { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: .5rem } button { font: inherit; padding: .5rem 1.5rem }
`
const page = (language: PageLanguage, words: PageWords): string => `<!doctype html>
<html lang="${language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Inlet</title><style>${style}</style>
<h1>Inlet</h1>
<form>
<div data-first><label>${words.name} <input name="name" autocomplete="name" required maxlength="200"></label>
<label>${words.email} <input name="email" type="email" autocomplete="username" required maxlength="254"></label></div>
<label>${words.password} <input name="password" type="password" autocomplete="new-password" required minlength="12" maxlength="200"></label>
<button>${words.set}</button>
</form>
<p><output aria-live="polite"></output></p>
<script type="application/json" id="words">${JSON.stringify(words)}</script>
<script>${script}</script>
</html>
`
const digest = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const policy = [
  "default-src 'none'",
  `script-src ${digest(script)}`,
  `style-src ${digest(style)}`,
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

export function joinPage(app: Api): void {
  app.get('/join', { schema: { hide: true } }, async (request, reply) => {
    const language = languageFor(request.headers['accept-language'])
    return reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policy)
      .header('content-language', language)
      .header('vary', 'accept-language')
      .send(page(language, wordsOfThePage[language]))
  })
}
