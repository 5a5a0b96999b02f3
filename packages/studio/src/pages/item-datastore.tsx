// What a datastore has beyond its table: what lies in it.
import { StoredFiles } from '../parts/stored-files.tsx'
import type { Item } from './item.tsx'

export function Browse({ item }: { item: Item }) {
  return <StoredFiles place={{ datastore: item.row.name, path: '' }} />
}
