// The tour: every room a message comes through is named, with what passes there, to the ticket at its end.
import { expect, it } from 'vitest'
import { surroundings } from '../../test/support/tool-run.ts'
import { runTool } from './tool.ts'
import { walkTool } from './walk.ts'

const walk = async (...argv: readonly string[]) => {
  const around = surroundings(argv)
  const code = await runTool(walkTool(around), around)
  return { code, ...around.said() }
}
const inOrder = (text: string, ...parts: readonly string[]): readonly string[] => {
  let from = 0
  return parts.filter((part) => {
    const at = text.indexOf(part, from)
    from = at < 0 ? from : at + part.length
    return at < 0
  })
}

it('takes a signed fixture from the vendor to the ticket and names every room', async () => {
  const { code, out } = await walk('connectors/_template/fixtures/text.json')
  expect(code).toBe(0)
  const wanted = [
    'connectors/_template|fixtures/text.json, 235 bytes|signed    x-signature: sha256=',
    'core/runtime/receive.ts|answer    200|core/runtime/ingest.ts|raw       raw_|event     message.received evt_',
    'workers/threading|locks     thread|facts     {|decides   make-contact|decides   open-ticket|decides   add-message',
    'raises    ticket.created evt_|row       contact {|row       message {|row       ticket {',
    'workers/feed|decides   publish|workers/feed  takes ticket.created',
    'api/tickets.ts|ticket    #1 tkt_|message   {',
  ]
  const missing = inOrder(out, ...wanted.flatMap((line) => line.split('|')))
  expect(missing).toEqual([])
  expect(out).not.toContain('\u001b[')
}, 60_000)

it('shows what could not be read as what it becomes', async () => {
  const { code, out } = await walk('connectors/_template/fixtures/unreadable-item.json')
  expect(code).toBe(0)
  expect(inOrder(out, 'event     ingest.quarantined', 'workers/quarantine', 'decides   set-aside')).toEqual([])
}, 60_000)

it('says what is no fixture', async () => {
  const said = { code: 1, err: expect.stringContaining('no fixture of a channel') }
  for (const path of ['connectors/_template/fixtures/none.json', 'package.json', 'connectors/_template/channel.ts'])
    expect(await walk(path)).toMatchObject(said)
  expect(await walk()).toMatchObject({ code: 2 })
})
