import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '@fontsource-variable/inter'
import '@fontsource-variable/jetbrains-mono'
import './style/base.css'
import './style/forced.css'
import { ApiError } from './data/api.ts'
import { Site } from './routes.tsx'

/** Nobody answered, or somebody in front of the server did. */
const away = new Set([0, 502, 503, 504])

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // changes tell what is old; this is for what no change tells of
      staleTime: 30_000,
      // a server that is away comes back: what is shown stays until it does
      retry: (failures, error) => error instanceof ApiError && away.has(error.status) && failures < 3600,
      retryDelay: 1000,
      refetchOnWindowFocus: false,
    },
  },
})

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no place for the pages')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Site />
    </QueryClientProvider>
  </StrictMode>,
)
