// People at the door of a test's gateway: set up, invited, signed in, each by the API itself; and every secret they meet on the way.
import type { InjectOptions } from 'fastify'
import { idFrom } from '../../schemas/ids.ts'
import type { Role } from '../../schemas/agent.ts'
import { adminKey, type Bench } from './api-bench.ts'

type Answer = Awaited<ReturnType<Bench['call']>>
export interface Person {
  readonly name: string
  readonly email: string
  readonly role: Role
  readonly brands?: readonly string[]
  readonly channels?: readonly string[]
}
export interface SignedIn {
  readonly token: string
  readonly agent: { readonly id: string; readonly email: string }
}
export type Door = ReturnType<typeof openDoor>

/** `secrets` takes up each token and link. */
export function openDoor(bench: Bench, secrets = new Set<string>()) {
  const refused: string[] = []
  const call = async (options: InjectOptions, token: string | null, from?: string): Promise<Answer> => {
    const headers = { ...options.headers, authorization: token === null ? '' : `Bearer ${token}` }
    const answer = await bench.call({ ...options, headers, ...(from === undefined ? {} : { remoteAddress: from }) })
    if (answer.status >= 400) refused.push(answer.text)
    return answer
  }
  const get = (url: string, token: string) => call({ url }, token)
  const post = (url: string, payload: object | undefined, token: string | null = null) =>
    call({ method: 'POST', url, ...(payload === undefined ? {} : { payload }) }, token)
  const linkOf = ({ body }: Answer): { readonly link: string } => {
    const { link } = body as { link: string }
    secrets.add(link)
    secrets.add(link.slice(link.indexOf('#') + 1))
    return { link }
  }
  const signedIn = (answer: Answer): SignedIn => {
    if (answer.status >= 300) throw new Error(`not signed in: ${answer.text}`)
    const found = answer.body as SignedIn
    secrets.add(found.token)
    return found
  }
  const logIn = (email: string, password: string, { from, workspace }: { from?: string; workspace?: string } = {}) =>
    call(
      {
        method: 'POST',
        url: '/v1/login',
        payload: { email, password },
        ...(workspace === undefined ? {} : { headers: { 'inlet-workspace': workspace } }),
      },
      null,
      from,
    ).then((answer) => {
      if (answer.status === 200) signedIn(answer)
      return answer
    })
  const makeAgent = async ({ name, email, role, brands, channels }: Person): Promise<string> => {
    const id = idFrom('agt', 'door', email)
    await bench.sql(
      `insert into agent (workspace, id, name, email, role, brands, channels) values ('main', $1, $2, $3, $4, $5, $6)`,
      [id, name, email, role, brands ?? null, channels ?? null],
    )
    return id
  }
  const invite = async (agent: string, token = adminKey) =>
    linkOf(await post(`/v1/agents/${agent}/invite`, undefined, token))
  return {
    /** What was refused so far, as it was said. */
    refused,
    get,
    post,
    call,
    signedIn,
    logIn,
    makeAgent,
    invite,
    setUpLink: async (workspace = 'main') =>
      linkOf(
        await call({ method: 'POST', url: '/v1/setup-links', headers: { 'inlet-workspace': workspace } }, adminKey),
      ),
    enter: async (email: string, password: string) => signedIn(await logIn(email, password)),
    /** Made, invited, and in. */
    person: async (it: Person, password: string): Promise<SignedIn> => {
      const { link } = await invite(await makeAgent(it))
      return signedIn(await post('/v1/invitations/accept', { link, password }))
    },
    works: async (...tokens: string[]): Promise<boolean[]> => {
      const found: boolean[] = []
      for (const token of tokens) found.push((await get('/v1/me', token)).status === 200)
      return found
    },
  }
}
