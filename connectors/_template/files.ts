// Brings a customer's file from the vendor, from the address of its API and nowhere else.
import { isGatewayError, messageOf } from '../../core/errors.ts'
import type { Account, AnyChannel, Edges } from '../../core/ports/channel.ts'
import type { SecretName, Settings } from './settings.ts'

type Fetched = Awaited<ReturnType<NonNullable<AnyChannel['fetchFile']>>>
const limits = { maxBytes: 20_000_000, timeoutMs: 60_000 } as const

export async function fetchFile(
  atVendor: string,
  account: Account<Settings, SecretName>,
  edges: Edges,
  signal: AbortSignal,
): Promise<Fetched> {
  const base = new URL(account.settings.apiBase)
  const url = `${base.href.replace(/\/+$/, '')}/files/${encodeURIComponent(atVendor)}`
  const headers = { authorization: `Bearer ${await account.secret('accessToken')}` }
  try {
    const answer = await edges.http.fetch(url, { hosts: [base.origin], headers, ...limits }, signal)
    if (answer.status === 200) return { is: 'file', bytes: answer.bytes, type: answer.type }
    return { is: answer.status === 404 ? 'gone' : 'try-later', why: `The vendor answered HTTP ${answer.status}` }
  } catch (error) {
    return { is: isGatewayError(error, 'event.invalid') ? 'blocked' : 'try-later', why: messageOf(error) }
  }
}
