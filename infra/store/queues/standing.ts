// How the desk stands, over all workspaces: how many tickets wait for an agent and how long, and who is there.
import type { Standing } from '../../../core/ports/queues.ts'
import { statement } from '../statement.ts'
import type { OnLoops } from './on-loops.ts'

const waiting = statement(
  'standing_waiting',
  `select channel, count(*)::int as tickets, greatest(0, extract(epoch from now() - min(since)))::double precision as "oldestSeconds"
   from waiting where $1::json is not null group by channel`,
)
const agents = statement(
  'standing_agents',
  `select coalesce(p.presence, 'offline') as presence, count(*)::int as agents
   from agent a left join presence p on p.workspace = a.workspace and p.agent = a.id
   where a.is_active and $1::json is not null group by 1`,
)

export const makeStanding = (loops: OnLoops): Standing => ({
  look: async () => ({ waiting: await loops.run(waiting, 0), agents: await loops.run(agents, 0) }),
})
