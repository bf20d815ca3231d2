// One of several processes that start together and migrate one database: prints what it applied, or why not.
import { messageOf } from '../../core/errors.ts'
import { openDatabase } from '../../infra/drivers/database.ts'
import { migrate } from '../../infra/drivers/migrate.ts'
import { keptLog } from './quiet-log.ts'

const log = keptLog()
const database = await openDatabase({ databaseUrl: process.argv[2], dataDir: '', log })
try {
  const applied = await migrate(database.pool('owner'), { log })
  const { rows } = await database.pool('desk').query<{ who: string }>('select current_user as who')
  process.stdout.write(JSON.stringify({ applied, desk: rows[0]?.who }))
} catch (error) {
  process.stdout.write(JSON.stringify({ error: messageOf(error) }))
} finally {
  await database.close()
}
