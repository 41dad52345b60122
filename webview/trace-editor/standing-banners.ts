import { html, nothing, type TemplateResult } from 'lit';
import { isOrAre, many } from '../../src/core/text/plural.ts';
import type { DocumentView } from '../../src/protocol/trace-editor.ts';
import { banner } from '../elements/states.ts';
import type { TraceEditorModel } from './model.ts';

const gone =
  'The file is gone from disk. Its traces are shown as they were read; saving waits until it is back.';
const cut = 'The filter did not get through the file, so traces may be missing.';
const unseen = 'Not every trace could be looked at: verdicts, decisions and problems may be missing.';
const unread = 'The file has changed on disk and could not be read again.';

/** The way out of a filter that did not get through the file. */
export const retryFilter = (model: TraceEditorModel, text: string) => ({
  label: 'Try again',
  act: () => void model.setFilter(text),
});

/** Standing conditions of the file, each with its way out. */
export function standingBanners(document: DocumentView, model: TraceEditorModel): TemplateResult {
  const { disk, strays, filter, verdicts } = document;
  const ask = (method: 'survey-again' | 'disk-read' | 'strays-open' | 'strays-drop') => () =>
    void model.perform(() => model.host.call(method, {}));
  const lost = `${many(strays, 'unsaved edit')} ${isOrAre(strays)} of a trace that changed on disk or is gone.`;
  return html`${disk === 'gone' ? banner('warning', gone) : nothing}
  ${disk === 'changed' ? banner('warning', unread, { label: 'Read again', act: ask('disk-read') }) : nothing}
  ${
    filter.progress.kind === 'failed' && filter.matched > 0
      ? banner('warning', `${cut} ${filter.progress.message}`, retryFilter(model, filter.text))
      : nothing
  }
  ${
    verdicts.failed !== null && disk === 'same'
      ? banner('warning', `${unseen} ${verdicts.failed}`, { label: 'Try again', act: ask('survey-again') })
      : nothing
  }
  ${
    strays > 0
      ? banner(
          'warning',
          lost,
          { label: 'Show their text', act: ask('strays-open') },
          { label: 'Discard…', act: ask('strays-drop') },
        )
      : nothing
  }`;
}
