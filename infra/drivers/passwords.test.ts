// Hashes of passwords: what is stored, that nobody is as slow as somebody, and that a flood waits without eating the memory.
import { argon2Sync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { makePasswords, workOfToday } from './passwords.ts'

const light = { memoryKib: 64, passes: 1, lanes: 1 }
const right = 'kedi çatıda uyur'

describe('a stored password', () => {
  it('S22 is argon2id with at least 19 MiB and 2 passes, says so itself, and another reader of its form agrees', async () => {
    const stored = await makePasswords().inTurn((turn) => turn.hash(right))
    const [, algorithm, version, parameters, salt = '', hash] = stored.split('$')
    expect([algorithm, version]).toEqual(['argon2id', 'v=19'])
    const [memory = 0, passes = 0, lanes = 0] = (parameters ?? '').split(',').map((it) => Number(it.slice(2)))
    expect(memory).toBeGreaterThanOrEqual(19 * 1024)
    expect(passes).toBeGreaterThanOrEqual(2)
    const nonce = Buffer.from(salt, 'base64')
    expect(nonce.length).toBeGreaterThanOrEqual(16)
    const again = argon2Sync('argon2id', {
      message: right.normalize('NFKC'),
      nonce,
      parallelism: lanes,
      memory,
      passes,
      tagLength: 32,
    })
    expect(again.toString('base64').replace(/=+$/, '')).toBe(hash)
  })
  it('S22 is right for its password alone, and never the same twice', async () => {
    const passwords = makePasswords(light)
    await passwords.inTurn(async (turn) => {
      const [one, two] = [await turn.hash(right), await turn.hash(right)]
      expect(one).not.toBe(two)
      expect(await turn.isRight(right, one)).toBe(true)
      expect(await turn.isRight(right.normalize('NFD'), one)).toBe(true)
      expect(await turn.isRight(`${right}.`, one)).toBe(false)
      expect(await turn.isRight(right, null)).toBe(false)
      for (const broken of [
        '',
        right,
        one.slice(0, -1),
        one.replace('argon2id', 'argon2i'),
        one.replace('m=64', 'm=8'),
      ])
        expect([broken, await turn.isRight(right, broken)]).toEqual([broken, false])
    })
  })
  it('S22 that was made with less work is known as weak, and checked by its own parameters', async () => {
    const [old, now] = [makePasswords(light), makePasswords({ ...light, passes: 2 })]
    const stored = await old.inTurn((turn) => turn.hash(right))
    expect([old.isWeak(stored), now.isWeak(stored)]).toEqual([false, true])
    expect(await now.inTurn((turn) => turn.isRight(right, stored))).toBe(true)
  })
})

it('S22 nobody is as slow as somebody: the work is the same, whoever is asked for', async () => {
  const passwords = makePasswords(workOfToday, { atOnce: 1, waiting: 1 })
  await passwords.inTurn(async (turn) => {
    const stored = await turn.hash(right)
    const cost = async (of: string | null): Promise<number> => {
      const before = process.cpuUsage()
      await turn.isRight('something else', of)
      const { user, system } = process.cpuUsage(before)
      return user + system
    }
    // Processor time, and the least of several: a busy machine only adds.
    const least = async (of: string | null) => Math.min(await cost(of), await cost(of), await cost(of), await cost(of))
    const [somebody, nobody] = [await least(stored), await least(null)]
    expect(nobody / somebody).toBeGreaterThan(0.5)
    expect(nobody / somebody).toBeLessThan(2)
  })
})

describe('a flood', () => {
  it('S22 waits in turn, few at once; beyond what may wait it is told so, and whoever waits still comes', async () => {
    const passwords = makePasswords(light, { atOnce: 2, waiting: 3 })
    let [now, most] = [0, 0]
    const gates: (() => void)[] = []
    const one = () =>
      passwords.inTurn(async () => {
        most = Math.max(most, ++now)
        await new Promise<void>((open) => gates.push(open))
        now -= 1
        return 'done'
      })
    const asked = Array.from({ length: 8 }, one)
    await Promise.resolve()
    expect(gates).toHaveLength(2)
    for (let n = 0; n < 5; n++) {
      await expect.poll(() => gates.length).toBeGreaterThan(n)
      gates[n]?.()
    }
    expect(await Promise.all(asked)).toEqual(['done', 'done', 'done', 'done', 'done', 'busy', 'busy', 'busy'])
    expect(most).toBe(2)
    expect(await passwords.inTurn(async () => 'again').then(() => 'free')).toBe('free')
  })
  it('S22 gives its place back when its work fails', async () => {
    const passwords = makePasswords(light, { atOnce: 1, waiting: 0 })
    await expect(passwords.inTurn(() => Promise.reject(new Error('no database')))).rejects.toThrow('no database')
    expect(await passwords.inTurn(async () => 'next')).toBe('next')
  })
  it('S22 does not hold the event loop', async () => {
    const passwords = makePasswords(workOfToday, { atOnce: 1, waiting: 1 })
    let beats = 0
    const beat = setInterval(() => (beats += 1), 1)
    await passwords.inTurn(async (turn) => turn.hash(right))
    clearInterval(beat)
    expect(beats).toBeGreaterThan(2)
  })
})
