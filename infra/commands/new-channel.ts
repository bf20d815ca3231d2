// Makes the folder of a new channel from the smallest real one: it passes the contract suite before a line is changed.
import { cp, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { main, tool, ToolRefusal, type Surroundings } from './tool.ts'

const house = resolve(import.meta.dirname, '../..')
const template = '_template'

export const newChannelTool = (around: Surroundings, root = house): Command =>
  tool('new:channel', 'Makes connectors/<name>/ from the smallest real channel. The copy works at once.')
    .argument('<name>', 'of the channel: small letters and digits, a letter first')
    .action(async (name: string) => {
      await makeChannel(name, root)
      around.out(whatNext(name))
    })

/** Throws a refusal when the name cannot be one or is taken. */
export async function makeChannel(name: string, root: string): Promise<void> {
  if (!/^[a-z][a-z0-9]{0,31}$/.test(name))
    throw new ToolRefusal(
      `"${name}" cannot be a channel's name. It is a folder, a word in addresses and a value in tables: up to 32 small letters and digits, a letter first.`,
    )
  const [from, to] = [join(root, 'connectors', template), join(root, 'connectors', name)]
  if (await exists(to)) throw new ToolRefusal(`connectors/${name} is there already. Choose another name, or remove it.`)
  const speller = await whoSpells(name, root)
  if (speller !== null)
    throw new ToolRefusal(
      `"${name}" is a word of the code already (${speller}), and a channel's name may stand only in its own folder. Choose a rarer one.`,
    )
  await cp(from, to, { recursive: true, errorOnExist: true, force: false })
  for (const entry of await readdir(to, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) await renameInside(join(entry.parentPath, entry.name), name)
  await rename(join(to, `${template}.test.ts`), join(to, `${name}.test.ts`))
}

const rooms = ['api', 'connectors', 'core', 'infra', 'schemas', 'workers']

/** As test/architecture.test.ts looks: in code, not in comments; names of two letters would be everywhere and are let be. */
async function whoSpells(name: string, root: string): Promise<string | null> {
  if (name.length < 3) return null
  const spelt = new RegExp(`\\b${name}`, 'i')
  for (const room of rooms)
    for (const file of await readdir(join(root, room), { recursive: true })) {
      if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue
      const code = (await readFile(join(root, room, file), 'utf8')).replace(/\/\*[\s\S]*?\*\/|(?:^|\s)\/\/.*$/gm, '')
      if (spelt.test(code)) return `${room}/${file}`
    }
  return null
}

/** Everything in the folder is text. Bytes that were signed (fixtures without `.expected`) do not name the channel and stay as they are. */
async function renameInside(path: string, name: string): Promise<void> {
  const text = await readFile(path, 'utf8')
  const renamed = text.replaceAll(template, name)
  if (renamed !== text) await writeFile(path, renamed)
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

const whatNext = (name: string): string => `connectors/${name} is made. It hears, answers and has a stand-in already:

  npx vitest run connectors/${name} test/contracts     what it promises, with the vendor of the template
  npm run simulate -- ${name} --rate 5 --for 5s        at a running gateway (npm start)

Then make it yours:
  1. fixtures/      real payloads, made anonymous: text, batch, file, status, unknown, unreadable-item; what each becomes in
                    *.expected.json; how the vendor signed it in manifest.tsv
  2. wire.ts normalize.ts receive.ts send.ts settings.ts capabilities.ts, until the tests are quiet
  3. stand-in/      the vendor's side: how it signs, repeats, limits and fails
  4. README.md      where the keys are found; npm run describe writes its settings table

Nothing else needs an edit: the house reads the folder.
`

if (import.meta.main) await main(newChannelTool)
