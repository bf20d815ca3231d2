// The vendor's side of this channel: customers review and write back, the API says no in four forms, each site has tokens of its own.
import type { StandIn, Writing } from '../../../core/ports/stand-in.ts'
import { faultyServer } from '../../_shared/stand-in/faulty-server.ts'
import { openLedger } from '../../_shared/stand-in/ledger.ts'
import { callsNobody, controls, shelfOf, writes, type RunningReviews } from '../../_shared/stand-in/review-shelf.ts'
import { seeded } from '../../_shared/stand-in/seeded.ts'
import { answer, isToken, no, ofToken, refuses, type Store } from './api.ts'

export interface RunningHuawei extends RunningReviews {
  /** A customer writes back under the answer. */
  followUp(id: string, text: string): string
  /** What everybody reads under it, oldest first. */
  talk(id: string): readonly string[]
  /** Off: the developer is not on the allow-list. */
  allow(isAllowed: boolean): void
  expireTokens(): void
  pagesAtMost(pages: number): void
  forbid(word: string): void
}

export const standIn: StandIn<RunningHuawei> = {
  async start(options) {
    const chance = seeded(options.seed)
    const ledger = openLedger()
    let advancedMs = 0
    let ids = 0
    const now = (): number => (options.now ?? Date.now)() + advancedMs
    // Every third id is wider than a number can hold.
    const idOf = (turn: number): string =>
      turn % 3 === 0 ? chance.digits(19, 'id', turn) : `r-${chance.digits(9, 'id', turn)}`
    const shelf = shelfOf({ chance, now, idOf })
    const store: Store = {
      shelf,
      ledger,
      now,
      appOf: (n) => `118${chance.digits(6, 'app', n)}`,
      clientId: chance.digits(12, 'client'),
      clientSecret: chance.hex(40, 'secret'),
      tokens: new Map(),
      replies: new Map(),
      requests: new Set(),
      nextId: (what) => chance.hex(24, what, (ids += 1)),
      isAllowed: true,
      deepestPage: 1_000,
      isDecent: () => true,
    }
    const server = await faultyServer(
      {
        ledger,
        now,
        latencyMs: options.latencyMs ?? 0,
        kindOf: (asked) => (isToken(asked) ? 'media' : asked.method === 'POST' ? 'send' : 'other'),
        refuses: (asked) => refuses(asked, store),
        answer: (asked) => answer(asked, store),
        errorOf: ({ code, http, text }) =>
          (http ?? 200) === 200 ? no(code, text ?? 'ordered') : ofToken(code, text ?? 'ordered', http),
      },
      options.port,
    )
    const base = `${server.base}/sg`
    const say = (id: string, text: string, isOurs: boolean, at: number): string => {
      const replyId = `rep-${store.nextId('reply')}`
      const said = store.replies.get(id) ?? []
      store.replies.set(id, [...said, { replyId, replyContent: text, replyType: isOurs ? 1 : 0, dateline: at }])
      return replyId
    }
    const writing = writes(shelf, { ledger, now })
    const write = (one: Writing) =>
      one.kind === 'follow-up' && one.about !== undefined
        ? (say(one.about, one.text ?? 'P60', false, now()), one.about)
        : null
    const common = controls(shelf, now)
    return {
      apiBase: base,
      ledger,
      account: (n = 0) => ({
        settings: {
          appId: store.appOf(n),
          site: 'sg',
          countries: ['TR', 'AZ'],
          clientId: store.clientId,
          pollSeconds: 1,
          apiBase: base,
        },
        secrets: { clientSecret: store.clientSecret },
      }),
      customer: shelf.customer,
      ...writing,
      write: async (one, how) => {
        const id = write(one)
        return id === null ? writing.write(one, how) : { status: 200, body: '', ms: 0, id, ids: [id], statuses: [200] }
      },
      ...common,
      answerElsewhere(id, text, minutesAgo = 10) {
        common.answerElsewhere(id, text, minutesAgo)
        const at = now() - minutesAgo * 60_000
        const last = store.replies.get(id)?.at(-1)
        // Over an answer of the developer's a new one is written; the list says nothing of it.
        if (last?.replyType === 1) Object.assign(last, { replyContent: text, dateline: at })
        else say(id, text, true, at)
      },
      takeAnswerBack(id) {
        common.takeAnswerBack(id)
        store.replies.set(id, [])
      },
      followUp: (id, text) => say(id, text, false, now()),
      talk: (id) => (store.replies.get(id) ?? []).map((it) => it.replyContent),
      allow: (isAllowed) => void (store.isAllowed = isAllowed),
      expireTokens: () => store.tokens.forEach((it) => (it.until = 0)),
      pagesAtMost: (pages) => void (store.deepestPage = pages),
      forbid: (word) => void (store.isDecent = (text) => !text.includes(word)),
      hourly: () => undefined,
      ...callsNobody('AppGallery'),
      receipts: () => undefined,
      fail: server.fail,
      advance: (ms) => void (advancedMs += ms),
      stop: server.stop,
    }
  },
}
