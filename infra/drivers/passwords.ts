// Slow hashes of passwords, by Node's own argon2: off the event loop, few at once, their parameters beside them (S22).
import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { asSpelt } from '../../core/rules/password.ts'
import type { Passwords, PasswordTurn } from '../../core/ports/signing-in.ts'

export interface Work {
  readonly memoryKib: number
  readonly passes: number
  readonly lanes: number
}
/** What OWASP asks for at least (2025-11): 19 MiB, two passes, one lane. */
export const workOfToday: Work = { memoryKib: 19_456, passes: 2, lanes: 1 }
const hashBytes = 32
const saltBytes = 16
/** Half of the processors, so that messages are taken in while everybody signs in. Each has one thread of Node's four. */
const atOnce = Math.max(1, Math.min(2, Math.floor(availableParallelism() / 2)))
/** Whoever comes when so many wait is told to come again. */
const mostWaiting = 100

interface Stored {
  readonly work: Work
  readonly salt: Buffer
  readonly hash: Buffer
}

export function makePasswords(work: Work = workOfToday, most = { atOnce, waiting: mostWaiting }): Passwords {
  const nobody: Stored = { work, salt: randomBytes(saltBytes), hash: randomBytes(hashBytes) }
  const turn: PasswordTurn = {
    async hash(password) {
      const salt = randomBytes(saltBytes)
      return written({ work, salt, hash: await derived(password, { work, salt }) })
    },
    async isRight(password, stored) {
      const known = stored === null ? null : read(stored)
      const { work: its, salt, hash } = known ?? nobody
      const isSame = timingSafeEqual(await derived(password, { work: its, salt }, hash.length), hash)
      return isSame && known !== null
    },
  }
  return {
    inTurn: makeTurns(most, turn),
    isWeak(stored) {
      const known = read(stored)?.work
      return known === undefined || known.memoryKib < work.memoryKib || known.passes < work.passes
    },
  }
}

function makeTurns(
  most: { readonly atOnce: number; readonly waiting: number },
  turn: PasswordTurn,
): Passwords['inTurn'] {
  const waiting: (() => void)[] = []
  let busy = 0
  return async (work) => {
    if (busy >= most.atOnce) {
      if (waiting.length >= most.waiting) return 'busy'
      // Whoever ends gives its place on, so that nobody who comes later slips in between.
      await new Promise<void>((next) => waiting.push(next))
    } else busy += 1
    try {
      return await work(turn)
    } finally {
      const next = waiting.shift()
      if (next === undefined) busy -= 1
      else next()
    }
  }
}

const derived = (password: string, by: Pick<Stored, 'work' | 'salt'>, length = hashBytes): Promise<Buffer> => {
  const parameters: Argon2Parameters = {
    message: asSpelt(password),
    nonce: by.salt,
    parallelism: by.work.lanes,
    memory: by.work.memoryKib,
    passes: by.work.passes,
    tagLength: length,
  }
  return new Promise((resolve, reject) =>
    argon2('argon2id', parameters, (error, hash) => (error === null ? resolve(hash) : reject(error))),
  )
}

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')
/** As every argon2 writes it, so that another program can check it. */
const written = ({ work, salt, hash }: Stored): string =>
  `$argon2id$v=19$m=${work.memoryKib},t=${work.passes},p=${work.lanes}$${base64(salt)}$${base64(hash)}`
const form = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,88})\$([A-Za-z0-9+/]{22,88})$/
/** Null where it is none of ours: nobody's, then, and nobody comes in by it. */
function read(stored: string): Stored | null {
  const [, memory, passes, lanes, salt, hash] = form.exec(stored) ?? []
  if (salt === undefined || hash === undefined) return null
  const work = { memoryKib: Number(memory), passes: Number(passes), lanes: Number(lanes) }
  return { work, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') }
}
