// The token endpoint: a refresh token works once; one that is used again ends its whole family, as the vendor does with a stolen one.
import type { Answer, Call } from './api.ts'
import type { Vendor } from './vendor.ts'

export const holdsSeconds = 7_200

export function renew(call: Call, vendor: Vendor): Answer {
  const form = new URLSearchParams(call.body.toString())
  const given = form.get('refresh_token') ?? ''
  const { keys } = vendor
  const no = (why: string): Answer => ({ status: 400, body: { error: 'invalid_request', error_description: why } })
  if (form.get('grant_type') !== 'refresh_token') return no('Missing required parameter grant_type.')
  if (form.get('client_id') !== keys.clientId) return { status: 401, body: { error: 'invalid_client' } }
  if (keys.burnt.has(given)) {
    keys.refresh.clear()
    for (const [token, until] of keys.access) if (until !== null) keys.access.delete(token)
    return no('Value passed for the token was invalid.')
  }
  if (!keys.refresh.delete(given)) return no('Value passed for the token was invalid.')
  keys.burnt.add(given)
  const [access, refresh] = [vendor.key('access'), vendor.key('refresh')]
  keys.access.set(access, vendor.now() + holdsSeconds * 1000)
  keys.refresh.add(refresh)
  const body = { token_type: 'bearer', expires_in: holdsSeconds, access_token: access, refresh_token: refresh }
  return { status: 200, body }
}
