// A vendor's signed call of 1.4 kB as text, made as cheaply as one can: only ids, customer and padding differ from call to call.
import { createHmac } from 'node:crypto'

export interface Line {
  readonly phoneNumberId: string
  readonly wabaId: string
  readonly appSecret: string
}
export const bodyBytes = 1_400

/** The n-th message of a run, by this customer. Same seed and n: the same bytes. */
export function bodyOf(n: number, customer: number, { seed, line }: { readonly seed: number; readonly line: Line }) {
  const phone = `9053${String(customer).padStart(8, '0')}`
  const user = `TR.1${String(customer).padStart(15, '0')}`
  const id = Buffer.from(`bench-${seed}-${n}`.padEnd(30, '.')).toString('base64')
  const at = 1_794_312_000 + Math.floor(n / 1_000)
  const head = `{"object":"whatsapp_business_account","entry":[{"id":"${line.wabaId}","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"${line.phoneNumberId}"},"contacts":[{"profile":{"name":"Customer ${customer}"},"wa_id":"${phone}","user_id":"${user}"}],"messages":[{"from":"${phone}","from_user_id":"${user}","id":"wamid.${id}","timestamp":"${at}","type":"text","text":{"body":"Message ${n}. `
  const tail = `"}}]},"field":"messages"}]}]}`
  return `${head}${'Where is my order? '.repeat(80).slice(0, bodyBytes - head.length - tail.length)}${tail}`
}

/** The whole request, ready for a socket. */
export function requestOf(body: string, path: string, line: Line): Buffer {
  const signature = createHmac('sha256', line.appSecret).update(body).digest('hex')
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nUser-Agent: facebookexternalua\r\nX-Hub-Signature-256: sha256=${signature}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
}
