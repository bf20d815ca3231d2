// The reviews of a store's stand-in: people write, change and take back, colleagues answer in the console, and answers are overwritten.
import type { Customer, Knock, KnockOptions, RunningStandIn, Writing } from '../../../core/ports/stand-in.ts'
import type { OpenLedger } from './ledger.ts'
import type { Seeded } from './seeded.ts'

const names = ['Ana Kaya', 'kovalsky_m', 'Zeynep', 'Мария К.', 'O’Connor', 'luisgarcia77', '日本太郎']
const texts = [
  'Crashes every time I open the cart.',
  'Sepet açılmıyor, son güncellemeden beri böyle.',
  'Great app, but the login takes for ever 🙁',
  'Bildirimler geç geliyor.',
  'Everything works. Thank you!',
]
const titles = ['Crashes', 'Sepet', 'Good', 'Bildirim', '👍']

export interface ShelfReview {
  readonly id: string
  readonly customer: number
  readonly account: number
  readonly by: string
  title: string
  text: string
  stars: number
  writtenAt: number
  changedAt: number
  fields: Readonly<Record<string, unknown>>
  answer: ShelfAnswer | null
}
export interface ShelfAnswer {
  readonly id: string
  text: string
  at: number
}
/** What only a store of reviews can do. */
export interface RunningReviews extends RunningStandIn {
  edit(
    id: string,
    to: { readonly text?: string; readonly title?: string; readonly stars?: number; readonly keepsDate?: boolean },
  ): void
  remove(id: string): void
  /** Somebody answers in the store's own console, so many minutes ago. */
  answerElsewhere(id: string, text: string, minutesAgo?: number): void
  takeAnswerBack(id: string): void
  /** What everybody reads under it now. */
  live(id: string): string | null
  /** From now on so many calls an hour are allowed. */
  hourly(calls: number): void
  reviews(): readonly ShelfReview[]
}

export interface Shelf {
  readonly all: ShelfReview[]
  find(id: string): ShelfReview | undefined
  customer(n: number): Customer
  write(writing: Writing): ShelfReview
  answer(review: ShelfReview, text: string, at: number): ShelfAnswer
}

export function shelfOf(it: {
  readonly chance: Seeded
  readonly now: () => number
  readonly idOf: (turn: number) => string
}): Shelf {
  const { chance, now, idOf } = it
  const all: ShelfReview[] = []
  let written = 0
  let answered = 0
  const customer = (n: number): Customer => {
    const name = `${chance.pick(names, 'name', n)} ${chance.digits(4, 'name', n)}`
    return { name, address: '', id: name }
  }
  const find = (id: string): ShelfReview | undefined => all.find((review) => review.id === id)
  return {
    all,
    find,
    customer,
    write(writing) {
      const turn = (written += 1)
      const at = now()
      const review: ShelfReview = {
        id: writing.id ?? idOf(turn),
        customer: writing.customer,
        account: writing.account ?? 0,
        by: customer(writing.customer).name,
        title: String(writing.fields?.['title'] ?? chance.pick(titles, 'title', turn)),
        text: writing.text ?? chance.pick(texts, 'text', turn),
        stars: Number(writing.fields?.['stars'] ?? 1 + chance.number(5, 'stars', turn)),
        writtenAt: at,
        changedAt: at,
        fields: writing.fields ?? {},
        answer: null,
      }
      all.unshift(review)
      return review
    },
    answer(review, text, at) {
      const id = review.answer?.id ?? `a-${chance.hex(16, 'answer', (answered += 1))}`
      return (review.answer = { id, text, at })
    },
  }
}

/** A customer does something: the store takes it, and nobody is called. */
export function writes(
  shelf: Shelf,
  by: { readonly ledger: OpenLedger; readonly now: () => number },
): Pick<RunningStandIn, 'write' | 'writeMany'> {
  const one = (writing: Writing): string => {
    const found = writing.about === undefined ? undefined : shelf.find(writing.about)
    if (found !== undefined && writing.kind === 'edit') change(found, writing, by.now())
    else if (found !== undefined && writing.kind === 'delete') shelf.all.splice(shelf.all.indexOf(found), 1)
    else return shelf.write(writing).id
    return found.id
  }
  const writeMany = (writings: readonly Writing[], how: KnockOptions = {}): Promise<Knock> => {
    const ids = writings.map(one)
    const statuses = Array.from({ length: how.times ?? 1 }, () => 200)
    for (const _ of statuses)
      by.ledger.add({
        is: 'knocked',
        at: by.now(),
        ids,
        what: 'review',
        status: 200,
        ms: 0,
        attempt: 1,
        bytes: new Uint8Array(),
      })
    return Promise.resolve({ status: 200, body: '', ms: 0, id: ids[0] ?? '', ids, statuses })
  }
  return { writeMany, write: (writing, how) => writeMany([writing], how) }
}

function change(review: ShelfReview, { text, fields }: Writing, at: number): void {
  review.text = text ?? review.text
  review.stars = Number(fields?.['stars'] ?? review.stars)
  review.changedAt = at
}

/** A store is asked; it calls nobody. */
export const callsNobody = (store: string): Pick<RunningStandIn, 'knocksAt' | 'post' | 'settled'> => ({
  knocksAt: () => undefined,
  post: () => Promise.reject(new Error(`${store} calls nobody: there is nothing to post`)),
  settled: () => Promise.resolve(),
})

/** The controls that tests of every store need. */
export function controls(shelf: Shelf, now: () => number): Omit<RunningReviews, keyof RunningStandIn | 'hourly'> {
  const found = (id: string): ShelfReview => {
    const review = shelf.find(id)
    if (review === undefined) throw new Error(`The stand-in has no review ${id}`)
    return review
  }
  return {
    edit(id, { text, title, stars, keepsDate }) {
      const review = found(id)
      Object.assign(review, { text: text ?? review.text, title: title ?? review.title, stars: stars ?? review.stars })
      if (keepsDate !== true) review.changedAt = now()
    },
    remove: (id) => void shelf.all.splice(shelf.all.indexOf(found(id)), 1),
    answerElsewhere: (id, text, minutesAgo = 10) => void shelf.answer(found(id), text, now() - minutesAgo * 60_000),
    takeAnswerBack: (id) => void (found(id).answer = null),
    live: (id) => shelf.find(id)?.answer?.text ?? null,
    reviews: () => shelf.all,
  }
}
