// The page behind a set-up link and an invitation: a form that sets the password. What follows the # never leaves the browser but to this gateway.
import { createHash } from 'node:crypto'
import type { Api } from './deps.ts'

const script = `
const token = /inlet_(join|setup)_[A-Za-z0-9_-]{43}$/.exec(location.hash)
const form = document.querySelector('form'), said = document.querySelector('output')
const isFirst = token?.[1] === 'setup'
for (const it of document.querySelectorAll('[data-first]')) {
  it.hidden = !isFirst
  for (const field of it.querySelectorAll('input')) field.disabled = !isFirst
}
if (token === null) { form.hidden = true; said.textContent = 'This link is not whole. Copy all of it.' }
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
    said.textContent = answer.ok ? 'Welcome, ' + found.agent.name + '. From now on you sign in with ' + found.agent.email + ' and this password.' : found.detail
    if (answer.ok) history.replaceState(null, '', location.pathname)
  } catch { said.textContent = 'The gateway did not answer. Try again.' }
})
`
const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 24rem; margin: 12vh auto; padding: 0 1rem }
label { display: block; margin: 0 0 1rem } input { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: .5rem } button { font: inherit; padding: .5rem 1.5rem }
`
const page = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Inlet</title><style>${style}</style>
<h1>Inlet</h1>
<form>
<div data-first><label>Your name <input name="name" autocomplete="name" required maxlength="200"></label>
<label>E-mail, by which you sign in <input name="email" type="email" autocomplete="username" required maxlength="254"></label></div>
<label>Password, at least 12 characters <input name="password" type="password" autocomplete="new-password" required minlength="12" maxlength="200"></label>
<button>Set it</button>
</form>
<p><output aria-live="polite"></output></p>
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
  app.get('/join', { schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', policy).send(page),
  )
}
