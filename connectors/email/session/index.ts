// How this channel hears: one IMAP connection a mailbox, held open; a page is asked for only when the one before it is safe.
import type { Session } from '../../../core/ports/channel.ts'
import type { SecretName, Settings } from '../settings.ts'

export const session: Session<Settings, SecretName> = {
  kind: 'session',
  name: 'imap',
  async *connect() {
    yield { raws: [], keep: {} }
  },
}
