// Time, network, files and links for a channel that works for one workspace.
import type { WorkspaceId } from '../../schemas/ids.ts'
import type { Edges } from '../ports/channel.ts'
import type { BlobStore, Clock, FileLinks, Http, Logger } from '../ports/edges.ts'
import { fileReader } from './file-reader.ts'

export interface EdgeDeps {
  readonly clock: Clock
  readonly http: Http
  readonly blobs: BlobStore
  readonly links: Pick<FileLinks, 'to'>
}

export const edgesOf = (deps: EdgeDeps, workspace: WorkspaceId, log: Logger): Edges => ({
  clock: deps.clock,
  http: deps.http,
  log,
  file: fileReader(deps.blobs, workspace),
  linkTo: (file, until) => deps.links.to(workspace, file, until),
})
