// How fast queued replies go out to a vendor that takes its time over each.
import { join } from 'node:path'
import { channel, type Inlet } from '../inlet.ts'
import { suite, type Bench } from '../suite.ts'
import { median } from '../stats.ts'

/** As many sends as the gateway has under way at once over all accounts, and the time the stand-in takes over each. */
const lanes = 64
const latencyMs = 50
/** Three replies a conversation: enough that the first second of a new process is not all that is measured. */
const perConversation = 3
/** The vendor takes 80 a second from one number: from one account nothing else could be measured. */
const accounts = 20

export default suite({
  name: 'replies',
  title: 'Sending replies',
  says: `Replies of ${accounts} accounts to conversations, three each, queued through the API while nothing is sent; then the gateway is started with everything and sends them to a stand-in that takes ${latencyMs} ms over each. Counted at the stand-in from the first to the last, the first seconds of the process with it. At most is ${lanes} at once: ${lanes / (latencyMs / 1000)} a second. The control: rows of a table over as many lanes, claimed, sent, written down.`,
  async run(bench) {
    const data = join(bench.folder(), 'data')
    const conversations = bench.size(800, 24)
    const count = conversations * perConversation
    const quiet = 'connectors,workers,api'
    const first = await bench.inlet({ data, accounts, only: quiet, keepVendor: true })
    const vendor = first.vendor!
    await each(conversations, 32, (n) => vendor.write({ customer: n, account: n % accounts }))
    await first.drained()
    const tickets = await ticketsOf(first)
    bench.say(`${tickets.length} conversations`)
    const control = await bench.control('send', join(bench.folder(), 'data'), String(lanes))
    const found = { inlet: [] as number[], control: [] as number[] }
    for (let round = 0; round < bench.rounds; round += 1) {
      const queueing = round === 0 ? first : await bench.inlet({ data, vendor, only: quiet })
      await each(count, 16, (n) => reply(queueing, tickets[n % conversations]!, `Answer ${round} ${n}`))
      await queueing.drained()
      await queueing.end()
      bench.say(`${count} replies queued`)
      const sentBefore = vendor.ledger.total('accepted')
      const sending = await bench.inlet({ data, vendor })
      await until(() => vendor.ledger.total('accepted') >= sentBefore + count, bench)
      found.inlet.push(rateOf(vendor.ledger.of('accepted').slice(-count)))
      await sending.end()
      await toControl({ control: control.port, count, round }, vendor)
      found.control.push(rateOf(vendor.ledger.of('accepted').slice(-count)))
      bench.say(`${found.inlet.at(-1)!.toFixed(0)}/s, control ${found.control.at(-1)!.toFixed(0)}/s`)
    }
    await vendor.stop()
    return {
      measures: [{ name: 'replies sent', unit: 'a second', better: 'higher', ...found }],
      aims: [
        {
          name: `replies sent, of ${lanes} lanes ÷ ${latencyMs} ms`,
          unit: '×',
          value: median(found.inlet) / (lanes / (latencyMs / 1000)),
          is: 'at least',
          bound: 0.9,
        },
      ],
      notes: [
        'The stand-in shares the two cores with what is measured, and both sides use a connection for some calls.',
      ],
    }
  },
})

type Vendor = NonNullable<Inlet['vendor']>

async function each(count: number, atOnce: number, work: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const turn = async (): Promise<void> => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, turn))
}

async function ticketsOf(inlet: Inlet): Promise<readonly string[]> {
  const ids: string[] = []
  for (let after: string | null = ''; after !== null;) {
    const path: string = `/v1/tickets?limit=100${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`
    const { body } = await inlet.call<{ items: { id: string }[]; next: string | null }>('GET', path)
    ids.push(...body.items.map(({ id }) => id))
    after = body.next
  }
  return ids
}

async function reply(inlet: Inlet, ticket: string, text: string): Promise<void> {
  const headers = { 'idempotency-key': `${ticket}-${text.replaceAll(' ', '-')}` }
  const answer = await inlet.call('POST', `/v1/tickets/${ticket}/replies`, { body: { text }, headers })
  if (answer.status !== 202) throw new Error(`a reply was not taken: ${answer.status} ${answer.text}`)
}

async function toControl(
  it: { readonly control: number; readonly count: number; readonly round: number },
  vendor: Vendor,
) {
  const replies = Array.from({ length: it.count }, (_, n) => {
    const { settings, secrets } = vendor.account(n % accounts)
    const to = vendor.customer(n).address
    const body = {
      messaging_product: channel,
      recipient_type: 'individual',
      to,
      type: 'text',
      text: { body: `Answer ${it.round}` },
    }
    const url = `${vendor.apiBase}/${settings['apiVersion']}/${settings['phoneNumberId']}/messages`
    return { url, token: secrets['accessToken'], body: JSON.stringify(body) }
  })
  await fetch(`http://127.0.0.1:${it.control}/`, { method: 'POST', body: JSON.stringify(replies) })
}

async function until(isSo: () => boolean, { stop }: Bench): Promise<void> {
  const late = performance.now() + 60_000
  while (!isSo()) {
    if (stop.aborted || performance.now() > late) throw new Error('the replies did not all reach the stand-in')
    await new Promise((done) => setTimeout(done, 20))
  }
}

const rateOf = (sent: readonly { readonly at: number }[]): number =>
  (1000 * (sent.length - 1)) / (sent.at(-1)!.at - sent[0]!.at)
