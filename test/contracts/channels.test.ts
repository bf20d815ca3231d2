// The contract of hearing, over every channel there is: folders are found, not listed.
import { expect, it } from 'vitest'
import { channelContract } from './channel.ts'
import { channelFolders } from './channel-folder.ts'

const folders = await channelFolders()

it('finds channels in their folders', () => {
  expect(folders.map((folder) => folder.name)).toContain('_template')
})
for (const folder of folders) channelContract(folder)
