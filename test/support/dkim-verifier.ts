// Asks the foreign verifier whether a mail carries a signature that holds, with the keys that DNS would give.
import { spawn } from 'node:child_process'
import { server, systemPython } from '../servers/dkim.server.ts'

export interface Found {
  readonly holds: boolean
  /** Who signed, and which headers cannot be changed without being noticed. */
  readonly domain: string | null
  readonly headers: readonly string[]
  /** What the verifier had to say about one that does not hold. */
  readonly why: string | null
}

const program = `
import base64, dkim, json, sys
asked = json.load(sys.stdin)
found = []
for mail in asked["mails"]:
    it = dkim.DKIM(base64.b64decode(mail))
    records = asked["records"]
    try:
        holds, why = it.verify(dnsfunc=lambda name, timeout=5: records.get(name.decode().rstrip("."), "").encode() or None), None
    except dkim.DKIMException as error:
        holds, why = False, str(error)
    domain = it.domain.decode() if it.domain else None
    found.append({"holds": bool(holds), "domain": domain, "headers": [h.decode() for h in it.include_headers or []], "why": why})
print(json.dumps(found))
`

/** `records`: name in DNS → its TXT. */
export async function verified(
  mails: readonly Uint8Array[],
  records: Readonly<Record<string, string>>,
): Promise<readonly Found[]> {
  if ((await server.find()) === null) throw new Error('dkimpy is not here: run `npm run servers`')
  const child = spawn(systemPython, ['-c', program], { stdio: ['pipe', 'pipe', 'pipe'] })
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (said.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said.err += chunk.toString()))
  child.stdin.end(JSON.stringify({ mails: mails.map((it) => Buffer.from(it).toString('base64')), records }))
  const code = await new Promise((done) => child.once('close', done))
  if (code !== 0) throw new Error(`the verifier ended with ${String(code)}: ${said.err}`)
  return JSON.parse(said.out) as readonly Found[]
}
