// What the pages draw with, and nothing else of Apache ECharts.
import { BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent,
  GridComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
} from "echarts/components";
import { init, use } from "echarts/core";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";

use([
  BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart, AriaComponent, GridComponent,
  MarkLineComponent, TooltipComponent, VisualMapComponent, LabelLayout, CanvasRenderer,
]);

export { init };
