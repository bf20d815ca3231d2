// A real Dovecot for a test: TLS by an authority of the test's own, as many mailboxes as asked for, OAuth2 by introspection.
import { spawn, type ChildProcess } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import { createConnection, createServer as createTcp, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { dovecot } from '../servers/dovecot.server.ts'
import { makeAuthority } from './certificates.ts'

export interface Dovecot {
  /** Plain and STARTTLS. */
  readonly port: number
  readonly tlsPort: number
  readonly caFile: string
  readonly password: string
  /** Where the mailboxes lie, a folder each: another server may deliver into them. */
  readonly mailRoot: string
  /** Where another server asks who may log in. */
  readonly authSocket: string
  /** Puts a mail into a folder as a delivery does. */
  deliver(user: string, mail: string | Uint8Array, options?: DeliverOptions): void
  /** Writes mails where nobody sees them; the function that comes back makes all of them appear in one moment. */
  prepare(user: string, mails: Iterable<string | Uint8Array>): () => void
  /** How many files lie in a folder, and how many of them are marked as seen. */
  stored(user: string, folder?: string): { readonly all: number; readonly seen: number }
  /** Every UID of the mailbox is void from here on. */
  newUids(user: string, folder?: string): void
  /** Access tokens that are valid, and whose. */
  readonly tokens: Map<string, string>
  /** Ends the server as a power cut does, and brings it back on the same ports. */
  restart(downMs?: number): Promise<void>
  stop(): Promise<void>
}
export interface DeliverOptions {
  readonly folder?: string
  /** When the server got it. */
  readonly at?: Date
}
const owner = 65_534

export async function startDovecot(): Promise<Dovecot> {
  const program = dovecot()
  if (program === null) throw new Error('Dovecot is not here: run `npm run servers`')
  const root = mkdtempSync(join(tmpdir(), 'inlet-dovecot-'))
  const authority = makeAuthority()
  const { key, cert } = authority.issue('DNS:localhost', 'IP:127.0.0.1')
  writeFileSync(join(root, 'cert.pem'), cert)
  writeFileSync(join(root, 'key.pem'), key)
  writeFileSync(join(root, 'ca.pem'), authority.ca)
  authority.remove()
  mkdirSync(join(root, 'mail'))
  chownSync(join(root, 'mail'), owner, owner)
  // The mail's owner must reach its folder.
  chmodSync(root, 0o755)
  const password = 's3cret-of-the-mailbox'
  const tokens = new Map<string, string>()
  const introspection = await startIntrospection(tokens)
  const [port, tlsPort] = [await freePort(), await freePort()]
  writeFileSync(join(root, 'oauth2.conf'), oauthConf(introspection.port))
  writeFileSync(join(root, 'dovecot.conf'), conf(root, { port, tlsPort, password }))
  let child = await started(program, root, port)
  let delivered = 0
  const folderOf = (user: string, folder = 'INBOX'): string =>
    folder === 'INBOX' ? join(root, 'mail', user) : join(root, 'mail', user, `.${folder}`)
  const ended = async (signal: NodeJS.Signals): Promise<void> => {
    const over = new Promise((done) => child.once('exit', done))
    child.kill(signal)
    await over
  }
  return {
    port,
    tlsPort,
    password,
    mailRoot: join(root, 'mail'),
    authSocket: join(root, 'run', 'asked-by-others'),
    tokens,
    caFile: join(root, 'ca.pem'),
    deliver(user, mail, { folder, at } = {}) {
      const place = folderOf(user, folder)
      for (const part of ['', 'tmp', 'new', 'cur']) owned(join(place, part), join(root, 'mail', user))
      const name = `${Math.floor((at ?? new Date()).getTime() / 1000)}.M${(delivered += 1)}P${process.pid}.test`
      writeFileSync(join(place, 'tmp', name), mail)
      chownSync(join(place, 'tmp', name), owner, owner)
      if (at !== undefined) utimesSync(join(place, 'tmp', name), at, at)
      renameSync(join(place, 'tmp', name), join(place, 'new', name))
    },
    prepare(user, mails) {
      const place = folderOf(user)
      for (const part of ['', 'tmp', 'new', 'cur']) owned(join(place, part), place)
      const names: string[] = []
      for (const mail of mails) {
        const name = `${Math.floor(Date.now() / 1000)}.M${(delivered += 1)}P${process.pid}.test`
        writeFileSync(join(place, 'tmp', name), mail)
        chownSync(join(place, 'tmp', name), owner, owner)
        names.push(name)
      }
      return () => {
        for (const name of names) renameSync(join(place, 'tmp', name), join(place, 'new', name))
      }
    },
    stored(user, folder) {
      const names = ['new', 'cur'].flatMap((part) => readdirSync(join(folderOf(user, folder), part)))
      return { all: names.length, seen: names.filter((name) => /:2,.*S/.test(name)).length }
    },
    newUids(user, folder) {
      const path = join(folderOf(user, folder), 'dovecot-uidlist')
      const [head = '', ...lines] = readFileSync(path, 'utf8').split('\n')
      writeFileSync(path, [head.replace(/V(\d+)/, (_, was: string) => `V${Number(was) + 1}`), ...lines].join('\n'))
      for (const name of readdirSync(folderOf(user, folder)))
        if (name.startsWith('dovecot.index')) rmSync(join(folderOf(user, folder), name))
    },
    async restart(downMs = 0) {
      await ended('SIGTERM')
      await pause(downMs)
      rmSync(join(root, 'run'), { recursive: true, force: true })
      child = await started(program, root, port)
    },
    async stop() {
      await ended('SIGTERM')
      await introspection.stop()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

function owned(path: string, user: string): void {
  for (const it of [user, path]) {
    if (existsSync(it)) continue
    mkdirSync(it, { recursive: true })
    chownSync(it, owner, owner)
  }
}

async function started(program: string, root: string, port: number): Promise<ChildProcess> {
  const child = spawn(program, ['-F', '-c', join(root, 'dovecot.conf')], { stdio: 'ignore' })
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) break
    if (await answers(port)) return child
    await pause(25)
  }
  const log = existsSync(join(root, 'dovecot.log')) ? readFileSync(join(root, 'dovecot.log'), 'utf8') : 'no log'
  throw new Error(`Dovecot did not start: ${log.slice(-1000)}`)
}
const answers = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.once('data', () => done(true)).once('error', () => done(false))
    socket.once('data', () => socket.destroy())
  })

async function freePort(): Promise<number> {
  const server = createTcp()
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

async function startIntrospection(tokens: ReadonlyMap<string, string>) {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const token = new URLSearchParams(body).get('token') ?? ''
      const username = tokens.get(token)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(username === undefined ? { active: false } : { active: true, username }))
    })
  })
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return { port, stop: () => new Promise((done) => server.close(done)) }
}
const oauthConf = (port: number): string => `introspection_mode = post
introspection_url = http://127.0.0.1:${port}/introspect
username_attribute = username
active_attribute = active
active_value = true
`
const conf = (
  root: string,
  { port, tlsPort, password }: { readonly port: number; readonly tlsPort: number; readonly password: string },
): string => `base_dir = ${root}/run
state_dir = ${root}/state
log_path = ${root}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <${root}/cert.pem
ssl_key = <${root}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
mail_location = maildir:${root}/mail/%u
first_valid_uid = 1
default_client_limit = 8000
mail_max_userip_connections = 100
mailbox_idle_check_interval = 1 secs
${'namespace'} inbox {
  inbox = yes
  separator = /
  mailbox Junk {
    auto = subscribe
    special_use = \\Junk
  }
}
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${root}/oauth2.conf
}
passdb {
  driver = static
  args = password=${password}
}
userdb {
  driver = static
  args = uid=${owner} gid=${owner} home=${root}/mail/%u allow_all_users=yes
}
service imap-login {
  service_count = 0
  client_limit = 4000
  inet_listener imap {
    address = 127.0.0.1
    port = ${port}
  }
  inet_listener imaps {
    address = 127.0.0.1
    port = ${tlsPort}
    ssl = yes
  }
}
service imap {
  process_limit = 2000
}
service auth {
  unix_listener asked-by-others {
    mode = 0666
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
`

/** What was delivered to them, whether they have looked at it or not. */
export const mailsIn = ({ mailRoot }: Dovecot, user: string): readonly string[] =>
  ['new', 'cur'].flatMap((folder) => {
    const path = join(mailRoot, user, folder)
    return existsSync(path) ? readdirSync(path).map((name) => readFileSync(join(path, name), 'utf8')) : []
  })
