/** A lead as a marketplace sends it: somebody asks for a test drive. */
export function adfLead(id: string, customer: { first: string; last: string; email: string }): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<?adf version="1.0"?>
<adf>
  <prospect status="new">
    <id sequence="1" source="Cars Marketplace">${id}</id>
    <requestdate>2026-11-20T08:14:22-05:00</requestdate>
    <vehicle interest="buy" status="new">
      <year>2026</year>
      <make>Ford</make>
      <model>F-150</model>
      <trim>XLT SuperCrew 4x4</trim>
      <stock>T24187</stock>
    </vehicle>
    <customer>
      <contact primarycontact="1">
        <name part="first" type="individual">${customer.first}</name>
        <name part="last" type="individual">${customer.last}</name>
        <email>${customer.email}</email>
        <phone type="cellphone">+1 937-555-0190</phone>
      </contact>
      <comments>Does this one have the Max Tow package? I pull a 9,000 lb camper. Could I come by for a test drive on Saturday morning?</comments>
    </customer>
    <vendor>
      <vendorname>Lakeshore Motors</vendorname>
    </vendor>
    <provider>
      <name part="full">Cars Marketplace</name>
    </provider>
  </prospect>
</adf>
`;
}
