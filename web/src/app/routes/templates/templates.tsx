import { Page } from "@/components/ui/page";
import { TemplateGallery } from "@/features/templates/components/template-gallery";
import { Gate } from "@/app/shell/gate";

export function Component() {
  return (
    <Gate permission="templates:read">
      <Page title="Templates" description="Workflows that dealerships use, ready to be made yours.">
        <TemplateGallery />
      </Page>
    </Gate>
  );
}
