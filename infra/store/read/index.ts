// What decisions may read inside their transaction: one part an aggregate, one statement a call.
import type { Reader } from '../../../core/ports/reader.ts'
import type { RegistryFacts } from '../index.ts'
import type { Here } from '../statement.ts'
import { assigningReader } from './assigning.ts'
import { autoRepliesReader } from './auto-replies.ts'
import { deskReader } from './desk.ts'
import { readDesk, type DeskMemory } from './desk-rows.ts'
import { peopleReader } from './people.ts'
import { repliesReader } from './replies.ts'
import { slaReader } from './sla.ts'
import { signInsReader } from './sign-ins.ts'
import { threadsOf } from './threads.ts'
import { triageReader } from './triage.ts'

export const makeReader = (here: Here, registry: RegistryFacts, memory: DeskMemory): Reader => ({
  threads: { of: (questions) => threadsOf(here, questions) },
  ...peopleReader(here),
  ...repliesReader(here, registry),
  ...deskReader(here),
  ...signInsReader(here),
  desk: () => readDesk(here, memory),
  ...assigningReader(here, (channel, kind) => registry.capabilities(channel, kind)),
  ...triageReader(here),
  ...autoRepliesReader(here),
  ...slaReader(here),
  capabilities: (channel, kind) => registry.capabilities(channel, kind),
  kinds: () => registry.kinds(),
  address: (account, typed) => registry.address(account, typed),
  keysOfReply: (account, message) => registry.keysOfReply(account, message),
  whyNotAnAccount: (channel, settings, secretNames) => registry.whyNotAnAccount(channel, settings, secretNames),
  routesOf: (channel, settings) => registry.routesOf(channel, settings),
})
