// Builds a template message from flat values: `1`, `day`, `header.1`, `header.image`, `button.0`, `button.0.payload`.
import type { OutboundMessage } from '../../core/ports/channel.ts'
import { fileNameOf } from '../_shared/meta-upload.ts'
import { content, refuse, type Body, type Content, type OutgoingFile, type Refused } from './outgoing-content.ts'

type Template = NonNullable<OutboundMessage['template']>
type Value = readonly [name: string, value: string]
const headerMedia = ['image', 'video', 'document'] as const

/**
 * Names that are all numbers fill `{{1}}`, `{{2}}`; other names fill a named template. A file of the reply becomes the header. A
 * button's value completes its address; `.payload` is what a quick reply gives back, `.code` what a copy button copies.
 */
export function templateBody(template: Template, file: OutgoingFile | null): Content {
  const values = Object.entries(template.values)
  const under = (prefix: string): Value[] =>
    values.filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value])
  const plain = values
    .filter(([name]) => !/^(header|button)\./.test(name))
    .map(([name, value]): Value => [name.replace(/^body\./, ''), value])
  const body = textParameters(plain)
  const header = headerParameters(under('header.'), file)
  const buttons = buttonComponents(under('button.'))
  for (const made of [body, header, buttons]) if ('is' in made) return made
  return content((mediaId) => {
    const components = [
      ...component('header', typeof header === 'function' ? header(mediaId) : (header as readonly Body[])),
      ...component('body', body as readonly Body[]),
      ...(buttons as readonly Body[]),
    ]
    const { name, language } = template
    const filled = components.length === 0 ? {} : { components }
    return { type: 'template', template: { name, language: { code: language }, ...filled } }
  })
}

const component = (type: string, parameters: readonly Body[]): readonly Body[] =>
  parameters.length === 0 ? [] : [{ type, parameters }]

function textParameters(values: readonly Value[]): readonly Body[] | Refused {
  const numbered = values.filter(([name]) => /^\d+$/.test(name))
  if (numbered.length === 0) return values.map(([name, text]) => ({ type: 'text', parameter_name: name, text }))
  if (numbered.length !== values.length) {
    return refuse('template_values', 'A template’s values are either all numbered or all named')
  }
  const inOrder = numbered.toSorted((one, other) => Number(one[0]) - Number(other[0]))
  const gap = inOrder.findIndex(([name], index) => Number(name) !== index + 1)
  if (gap !== -1) return refuse('template_values', `The template’s value {{${gap + 1}}} is missing`)
  return inOrder.map(([, text]) => ({ type: 'text', text }))
}

function headerParameters(
  values: readonly Value[],
  file: OutgoingFile | null,
): readonly Body[] | Refused | ((mediaId: string) => readonly Body[]) {
  const media = values.find(([name]) => headerMedia.some((it) => it === name))
  if (file !== null) {
    if (values.length > 0)
      return refuse(
        'template_values',
        'The file of the reply is the template’s header: give no header values besides it',
      )
    const as = headerMedia.find((it) => it === file.as)
    if (as === undefined) return refuse('file_type', 'A template’s header is an image, a video or a document')
    const filename = as === 'document' ? { filename: fileNameOf(file.attachment) } : {}
    return (id) => [{ type: as, [as]: { id, ...filename } }]
  }
  if (media === undefined) return textParameters(values)
  const [as, value] = media
  if (/^\d+$/.test(value)) return [{ type: as, [as]: { id: value } }]
  if (URL.parse(value)?.protocol === 'https:') return [{ type: as, [as]: { link: value } }]
  return refuse('template_values', `The template’s header ${as} must be an https address or the id of an uploaded file`)
}

const buttonKinds: Readonly<Record<string, (text: string) => { sub_type: string; parameter: Body }>> = {
  text: (text) => ({ sub_type: 'url', parameter: { type: 'text', text } }),
  payload: (payload) => ({ sub_type: 'quick_reply', parameter: { type: 'payload', payload } }),
  code: (code) => ({ sub_type: 'copy_code', parameter: { type: 'coupon_code', coupon_code: code } }),
}
function buttonComponents(values: readonly Value[]): readonly Body[] | Refused {
  const made: Body[] = []
  for (const [name, value] of values) {
    const [index = '', kind = 'text'] = name.split('.')
    const build = Object.hasOwn(buttonKinds, kind) ? buttonKinds[kind] : undefined
    if (!/^\d$/.test(index) || build === undefined) {
      return refuse(
        'template_values',
        `button.${name} is not understood: use button.0, button.0.payload or button.0.code`,
      )
    }
    const { sub_type, parameter } = build(value)
    made.push({ type: 'button', sub_type, index, parameters: [parameter] })
  }
  return made.toSorted((one, other) => Number(one['index']) - Number(other['index']))
}
