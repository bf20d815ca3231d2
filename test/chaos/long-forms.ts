// What runs beside the faults: the fuzzing, the feed's cursors under eight writers, the log's contract on three brokers. A row of the table each.
import { makeQueries } from '../../infra/store/queries/index.ts'
import { openDatabase } from '../../infra/drivers/database.ts'
import { migrate } from '../../infra/drivers/migrate.ts'
import { fuzzFor } from '../fuzz/index.ts'
import { followWriters, wrongWith } from '../support/feed-writers.ts'
import { masterKey } from '../support/gateway-process.ts'
import { keptLog } from '../support/quiet-log.ts'
import { storeOver } from '../support/store-over.ts'
import { kafkaContract } from './contract-form.ts'
import { endIfStopped, nothingFound, nothingSent, type LongForm } from './long-form.ts'

const fuzzing: LongForm = {
  id: 'fuzz',
  says: 'garbage at whatever reads foreign bytes: normalizers, signatures, the door, the door with signed calls, the API',
  async run({ seconds, seed, server, stop, say, keepIn }) {
    const { url } = await server.database()
    const env = { DATABASE_URL: url, INLET_MASTER_KEY: masterKey }
    const outcomes = await fuzzFor(seconds, seed, { env, say, stop, ...(keepIn === undefined ? {} : { keepIn }) })
    endIfStopped(stop)
    const inputs = outcomes.reduce((sum, it) => sum + it.inputs, 0)
    return {
      ...nothingSent,
      rounds: outcomes.length,
      sent: inputs,
      measured: Object.fromEntries(outcomes.map((it) => [`inputs of ${it.target}`, it.inputs])),
      findings: {
        ...nothingFound,
        wrong: outcomes.flatMap(({ target, finds }) => finds.map(({ why }) => `${target}: ${why}`)),
      },
    }
  },
}

const feedCursor: LongForm = {
  id: 'feed',
  says: 'readers of the feed behind eight writers of 3,000 events a second, some slow to commit, some that give up',
  async run({ seconds, seed, server, stop }) {
    const { url } = await server.database()
    const database = await openDatabase({ databaseUrl: url, dataDir: '', log: keptLog() })
    try {
      await migrate(database.pool('owner'), { log: keptLog() })
      const queries = makeQueries({ database, capabilities: () => null })
      const { store } = storeOver(database)
      const followed = await followWriters({ store, queries, seconds, seed, perSecond: 3_000, stop })
      endIfStopped(stop)
      return {
        ...nothingSent,
        rounds: 1,
        sent: followed.written.size,
        accepted: followed.written.size,
        measured: { 'events a second': followed.perSecond, 'commits open at once': followed.overlapping },
        findings: { ...nothingFound, wrong: wrongWith(followed) },
      }
    } finally {
      await database.close()
    }
  },
}

export const longForms: readonly LongForm[] = [feedCursor, fuzzing, kafkaContract]
