import '../host/jitless.ts';
import { vsCodeTransport } from '../host/transport.ts';
import './run-dashboard.ts';

document.querySelector('coldstart-run-dashboard')?.start(vsCodeTransport());
