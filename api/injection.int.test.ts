// Whoever writes SQL, patterns or query languages into a search or a filter has written text: nothing more is found, nothing is changed.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { apiBench, type Bench } from '../test/support/api-bench.ts'
import { contactId, seedTicket, ticketId } from '../test/support/seed-tickets.ts'

let bench: Bench
beforeAll(async () => {
  bench = await apiBench()
  await seedTicket(bench, { n: 1, subject: 'plain words', tags: ['vip'], requester: { name: 'Ada', address: 'ada' } })
  await seedTicket(bench, { n: 2, subject: 'a 100% sure_thing', language: 'tr' })
  await bench.sql(`insert into contact (workspace, id, name, address) values ('main', $1, 'Ada', '+905321112233')`, [
    contactId(1),
  ])
})
afterAll(() => bench.close())

const evil = [
  `' or '1'='1`, `') or true --`, `"; drop table ticket; --`, `x'; update ticket set subject = 'gone'; --`, `' union select null, hash from api_key --`, `$1`, `{1,2}`, `1) or (1=1`,
  `\\`, `\\'`, `E'\\\\x00'`, `*`, `a:* | !b & (c`, `<->`, `%`, `%%%`, `_____ _____`, `(a+)+$`, `[`, `.*`, `pg_sleep(5)`, `'||pg_sleep(5)||'`,
] // prettier-ignore

interface Description {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { parameters?: readonly { in: string; name: string }[] }>>>
  >
}
/** Every query parameter of every list the API describes: a new one is tried by being there. */
async function places(): Promise<readonly (readonly [path: string, name: string])[]> {
  const { paths } = (await bench.call({ url: '/v1/openapi.json' })).body as Description
  return Object.entries(paths)
    .filter(([path]) => !path.includes('{') && !path.endsWith('/stream'))
    .flatMap(([path, methods]) =>
      (methods['get']?.parameters ?? []).filter((it) => it.in === 'query').map((it) => [path, it.name] as const),
    )
}
const state = () => bench.sql(`select id, subject, status, version from ticket order by id`)

it('S15 no filter, search, sort or cursor of any list finds or changes anything by what was written into it', async () => {
  const all = await places()
  expect(all.length).toBeGreaterThan(25)
  const before = await state()
  const wrong: string[] = []
  for (const [path, name] of all)
    for (const text of evil) {
      const began = performance.now()
      const { status, text: said, body } = await bench.call({ url: `${path}?${name}=${encodeURIComponent(text)}` })
      const tookMs = performance.now() - began
      // A filter that nothing fits finds nothing; only a cursor, a size or an order may leave the list as it is.
      const isFilter = !['after', 'limit', 'types', 'sort'].includes(name) && !(name === 'q' && /^[\W_]*$/.test(text))
      const found = status === 200 && isFilter ? ((body as { items?: readonly unknown[] }).items?.length ?? 0) : 0
      if (
        ![200, 400, 410, 422].includes(status) ||
        found > 0 ||
        tookMs > 3_000 ||
        /syntax error|relation "|near "/.test(said)
      )
        wrong.push(
          `${path}?${name}=${text} found ${found} in ${Math.round(tookMs)} ms: ${status} ${said.slice(0, 300)}`,
        )
    }
  expect(wrong).toEqual([])
  expect(await state()).toEqual(before)
}, 60_000)

it('S15 signs that stand for anything in a pattern stand for themselves in a search', async () => {
  const found = async (q: string) =>
    (
      (await bench.call({ url: `/v1/tickets?q=${encodeURIComponent(q)}` })).body as { items: { id: string }[] }
    ).items.map((it) => it.id)
  expect(await found('plain')).toEqual([ticketId(1)])
  for (const pattern of ['p%n', 'pl_in', 'plain%words', 'pla*n', 'pla.n', 'plain|sure'])
    expect(await found(pattern), pattern).toEqual([])
})
