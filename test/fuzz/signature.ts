// Fuzzes the proof that a call is the vendor's: nothing but the very bytes with the very signature is taken, and nothing makes the check fail.
import fc, { type Arbitrary } from 'fast-check'
import {
  callWith,
  channelFolders,
  endpointOf,
  receivedAt,
  webhooksOf,
  type ChannelFolder,
  type SignedFixture,
} from '../contracts/channel-folder.ts'
import { mutated, seeded } from '../support/mutate.ts'
import { hostileText } from './hostile.ts'
import { bytesOf, latin1, type Target } from './target.ts'

export interface Call {
  readonly channel: string
  readonly file: string
  readonly method: string
  readonly body: string
  readonly headers: readonly (readonly [string, string])[]
  readonly query: readonly (readonly [string, string])[]
}

export async function signatureTarget(): Promise<Target<Call>> {
  const folders = (await channelFolders()).filter((it) => it.signed.length > 0 && webhooksOf(it.channel).length > 0)
  return {
    name: 'signature',
    inputs: fc
      .constantFrom(...folders)
      .chain((folder) => fc.constantFrom(...folder.signed).chain((it) => calls(folder, it))),
    async check(call) {
      const folder = folders.find((it) => it.name === call.channel)
      return folder === undefined ? null : judge(call, folder)
    },
    close: async () => undefined,
  }
}

const fixtureBytes = (folder: ChannelFolder, file: string): Uint8Array =>
  folder.fixtures.find((it) => it.name === file.replace(/\.[^.]+$/, ''))?.bytes ?? new Uint8Array()

function calls(folder: ChannelFolder, { file, header, signature }: SignedFixture): Arbitrary<Call> {
  const right = latin1(fixtureBytes(folder, file))
  const body = fc.oneof(
    fc.constant(right),
    fc.nat().map((seed) => latin1(mutated(bytesOf(right), seeded(seed)))),
    fc.constantFrom(`${right} `, ` ${right}`, `\ufeff${right}`, '', right.replace(/\s/g, ''), `${right}\u0000`),
  )
  const value = fc.oneof(fc.constant(signature), forged(signature), hostileText)
  const name = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(header, header.toUpperCase()) },
    { weight: 1, arbitrary: fc.constantFrom(`${header} `, header.replace(/256$/, ''), 'x-signature', `x-${header}`) },
  )
  const query = fc.array(fc.tuple(fc.oneof(hostileText, fc.constantFrom(...handshake)), hostileText), { maxLength: 5 })
  return fc.record({
    channel: fc.constant(folder.name),
    file: fc.constant(file),
    method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'PUT', 'post'),
    body,
    headers: fc.array(fc.tuple(name, value), { maxLength: 3 }),
    query,
  })
}
const handshake = ['hub.mode', 'hub.verify_token', 'hub.challenge', 'crc_token', 'challenge', 'echostr']

/** A signature as somebody would try to bend it. */
const forged = (signature: string): Arbitrary<string> =>
  fc
    .constantFrom<(it: string) => string>(
      (it) => it.toUpperCase(),
      (it) => it.slice(0, -1),
      (it) => `${it}0`,
      (it) => ` ${it}`,
      (it) => `${it} `,
      (it) => `${it},${it}`,
      (it) => it.replace(/[^=]*$/, (hex) => '0'.repeat(hex.length)),
      (it) => it.replace('256', '1'),
      (it) => it.replace(/^[^=]*=/, ''),
      (it) => it.replace(/^[^=]*=/, 'none='),
      (it) => it.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      (it) => it.replace(/[0-9]/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    )
    .map((bend) => bend(signature))

type Taken = { readonly raws: readonly unknown[]; readonly reply: { readonly body?: string } }
/** A vendor may have us prove that we hold the secret: that brings nothing in, and gives back nothing as it was asked. */
const isChallenge = (call: Call, { raws, reply }: Taken): boolean =>
  call.method === 'GET' && raws.length === 0 && !call.query.some(([, value]) => value === reply.body)

async function judge(call: Call, folder: ChannelFolder): Promise<string | null> {
  const signed = folder.signed.find((it) => it.file === call.file)
  if (signed === undefined) return null
  const values = call.headers.filter(([name]) => name.toLowerCase() === signed.header.toLowerCase()).map(([, it]) => it)
  const body = bytesOf(call.body)
  const isRight =
    values.length === 1 && values[0] === signed.signature && Buffer.compare(body, fixtureBytes(folder, call.file)) === 0
  const query = new URLSearchParams(call.query.map(([name, value]): [string, string] => [name, value]))
  const known = Object.values(folder.account.secrets)
  const isProven = call.query.some(([, value]) => known.includes(value))
  try {
    const request = { ...callWith(body, call.headers), method: call.method, query }
    const opened = await webhooksOf(folder.channel)[0]!.open(request, endpointOf(folder), receivedAt)
    if ('raws' in opened && !isRight && !isProven && !isChallenge(call, opened))
      return `taken, though it is not what the vendor signed (${opened.reply.status})`
    if (!('raws' in opened) && isRight && call.method === 'POST')
      return `refused, though it is what the vendor signed: ${opened.why}`
    if (!('raws' in opened) && opened.refuse.status < 400) return `refused with ${opened.refuse.status}`
    return null
  } catch (error) {
    return `it threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  }
}
