// The vendor's side of this channel: a mailbox that people write to and a server that takes our answers, both on loopback.
import type {
  Fault,
  KnockOptions,
  RunningStandIn,
  StandIn,
  StandInOptions,
  Writing,
} from '../../../core/ports/stand-in.ts'
import { openLedger } from '../../_shared/stand-in/ledger.ts'
import { seeded } from '../../_shared/stand-in/seeded.ts'
import { replyOfId } from '../normalize/ids.ts'
import { mailboxes } from './mailboxes.ts'
import { post, type Sent } from './post.ts'

const names = ['Ana Kaya', 'Mehmet Öz', 'Grace Hopper', 'Zeynep Ak', 'Jan de Vries']
const texts = ['Where is my order?', 'Siparişim nerede?', 'The lid came broken.', 'Fatura alabilir miyim?']
const subjects = ['Order', 'Sipariş', 'A question', 'Complaint']
const word = (text: string): string => `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`

export const standIn: StandIn = {
  async start(options: StandInOptions): Promise<RunningStandIn> {
    const chance = seeded(options.seed)
    const ledger = openLedger()
    const faults: { readonly fault: Fault; left: number }[] = []
    const password = chance.hex(24, 'password')
    let advancedMs = 0
    let written = 0
    const now = (): number => (options.now ?? Date.now)() + advancedMs
    const addressOf = (n: number): string => (n === 0 ? 'support@shop.test' : `support${n}@shop.test`)
    const latencyMs = options.latencyMs ?? 0
    const opens = (user: string, given: string): boolean => user.endsWith('@shop.test') && given === password
    const customer = (n: number) => {
      const address = `customer${n}.${chance.hex(6, 'customer', n)}@people.test`
      return { name: chance.pick(names, 'name', n), address, id: address }
    }
    const boxes = await mailboxes({ opens, latencyMs })
    const sender = await post({
      opens,
      latencyMs,
      nextFault() {
        const next = faults.find((it) => it.left > 0)
        if (next !== undefined) next.left -= 1
        return next?.fault ?? null
      },
      accept: (sent) => void ledger.add({ is: 'accepted', at: now(), kind: 'mail', ...acceptedOf(sent) }),
      answered: (status) => void ledger.add({ is: 'answered', at: now(), call: 'send', status, code: status }),
    })

    const mailOf = (writing: Writing): { readonly id: string; readonly bytes: Buffer } => {
      const turn = (written += 1)
      const who = customer(writing.customer)
      const id = writing.id ?? `<${chance.hex(20, 'mail', turn)}@people.test>`
      const about = writing.about === undefined ? [] : [`In-Reply-To: ${writing.about}`, `References: ${writing.about}`]
      const to = String(writing.fields?.['to'] ?? addressOf(writing.account ?? 0))
      const head = [
        `Message-ID: ${id}`,
        `Date: ${new Date(now()).toUTCString().replace('GMT', '+0000')}`,
        `From: ${word(who.name)} <${who.address}>`,
        `To: <${to}>`,
        `Subject: ${word(String(writing.fields?.['subject'] ?? chance.pick(subjects, 'subject', turn)))}`,
        ...about,
        'MIME-Version: 1.0',
      ]
      const body = textPart(writing.text ?? chance.pick(texts, 'text', turn))
      const { file } = writing
      const lines = file === undefined ? [...head, ...body] : [...head, ...withFile(body, file)]
      return { id, bytes: Buffer.from(`${lines.join('\r\n')}\r\n`) }
    }
    const deliver = (bytes: Buffer, id: string, account = 0) => {
      boxes.add(addressOf(account), bytes, new Date(now()))
      ledger.add({ is: 'knocked', at: now(), ids: [id], what: 'mail', status: 250, ms: 0, attempt: 1, bytes })
      return { status: 250, body: '', ms: 0, id, ids: [id], statuses: [250] }
    }
    const writeMany = (writings: readonly Writing[], how: KnockOptions = {}) => {
      const knocks = writings.flatMap((writing) => {
        const { id, bytes } = mailOf(writing)
        return Array.from({ length: how.times ?? 1 }, () => deliver(bytes, id, writing.account))
      })
      const [first] = knocks
      const ids = [...new Set(knocks.map((it) => it.id))]
      return Promise.resolve({
        status: 250,
        body: '',
        ms: 0,
        id: first?.id ?? '',
        ids,
        statuses: knocks.map(() => 250),
      })
    }
    return {
      apiBase: `smtp://127.0.0.1:${sender.port}`,
      ledger,
      customer,
      account: (n = 0) => ({
        settings: {
          address: addressOf(n),
          imap: { host: '127.0.0.1', port: boxes.port, tls: false },
          smtp: { host: '127.0.0.1', port: sender.port, tls: false },
        },
        secrets: { password },
      }),
      knocksAt: () => undefined,
      write: (writing, how) => writeMany([writing], how),
      writeMany,
      post: (bytes) => Promise.resolve(deliver(Buffer.from(bytes), 'bytes')),
      receipts: () => undefined,
      fail: (times, fault) => void faults.push({ fault, left: times }),
      advance: (ms) => void (advancedMs += ms),
      settled: () => Promise.resolve(),
      async stop() {
        await boxes.stop()
        await sender.stop()
      },
    }
  },
}

const wrapped = (bytes: Uint8Array): readonly string[] =>
  Buffer.from(bytes)
    .toString('base64')
    .match(/.{1,76}/g) ?? []
const textPart = (text: string): readonly string[] => [
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: base64',
  '',
  ...wrapped(Buffer.from(text)),
]
const withFile = (body: readonly string[], file: NonNullable<Writing['file']>): readonly string[] => [
  'Content-Type: multipart/mixed; boundary=part',
  '',
  '--part',
  ...body,
  '--part',
  `Content-Type: ${file.type}`,
  `Content-Disposition: attachment; filename="${word(file.name)}"`,
  'Content-Transfer-Encoding: base64',
  '',
  ...wrapped(file.bytes),
  '--part--',
]

function acceptedOf({ bytes, from, to }: Sent) {
  const head =
    bytes
      .toString('utf8')
      .split(/\r?\n\r?\n/)[0]
      ?.replace(/\r?\n[ \t]+/g, ' ') ?? ''
  const field = (name: string): string => new RegExp(`^${name}: *(.*)$`, 'im').exec(head)?.[1]?.trim() ?? ''
  const id = field('Message-ID')
  const body = { from, to, subject: field('Subject'), inReplyTo: field('In-Reply-To'), raw: bytes.toString('utf8') }
  return { id, ours: replyOfId(id), to: to[0] ?? '', body }
}
